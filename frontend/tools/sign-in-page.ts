// The page Sign in as plain HTML, for first-page.ts.
import type { Component } from 'svelte'
import { render } from 'svelte/server'
import Early from '../src/app/Early.svelte'
import { firstTexts } from '../src/app/texts'
import type { Session } from '../src/lib/api'
import { i18n, type Language } from '../src/lib/i18n.svelte'
import { session } from '../src/lib/session.svelte'
import { signInTexts } from '../src/sign-in/texts'
import HelpLine from '../src/ui/HelpLine.svelte'
import Logo from '../src/ui/Logo.svelte'
import ThemeToggle from '../src/ui/ThemeToggle.svelte'
import { replaceEach } from './replace'

/** What the server fills in, in the syntax of Go's templates. */
const brand = '{{.Brand}}'
const logo = '{{.Logo}}'
const help = '{{.Help}}'

/** Returns the page as a template that the server fills in. Nothing in it can be pressed or sent. */
export async function signInPage(language: Language): Promise<{ title: string; body: string }> {
  const show = await firstTexts.load(language)
  show()
  i18n.language = language
  use(null)
  const title = `${signInTexts.t.title} – ${brand}`
  const page = markup(Early)
  const builtIn = markup(Logo)
  use(logo)
  const own = markup(Logo)
  const helpLine = markup(HelpLine)
  const body = replaceEach(page, [
    [builtIn, `{{if .Logo}}${own}{{else}}${builtIn}{{end}}`],
    [helpLine, `{{if .Help}}${helpLine}{{end}}`],
    // Only the browser knows which theme the button would switch to.
    [markup(ThemeToggle), '<span class="btn btn-ghost btn-icon"></span>'],
    ['<form', '<form method="dialog"'],
  ])
  return { title, body: body.replaceAll(/<(button|select)\b/g, '<$1 disabled') }
}

function use(logo: string | null) {
  session.current = { brand: { name: brand, logo }, help_contact: help } as Session
}

/** Renders without the marks that hydration would need. */
function markup(component: Component): string {
  return render(component)
    .body.replaceAll(/<!--.*?-->/g, '')
    .trim()
}

// The page Sign in as plain HTML. It runs only in the build (tools/first-page.ts).
import type { Component } from 'svelte'
import { render } from 'svelte/server'
import type { Session } from '../lib/api'
import { i18n, type Language } from '../lib/i18n.svelte'
import { session } from '../lib/session.svelte'
import { signInTexts } from '../sign-in/texts'
import HelpLine from '../ui/HelpLine.svelte'
import Logo from '../ui/Logo.svelte'
import ThemeToggle from '../ui/ThemeToggle.svelte'
import Early from './Early.svelte'
import { firstTexts } from './texts'

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
  const body = page
    .replace(builtIn, `{{if .Logo}}${own}{{else}}${builtIn}{{end}}`)
    .replace(markup(HelpLine), (line) => `{{if .Help}}${line}{{end}}`)
    // Only the browser knows which theme the button would switch to.
    .replace(markup(ThemeToggle), '<span class="btn btn-ghost btn-icon"></span>')
    .replaceAll(/<(button|select)\b/g, '<$1 disabled')
    .replace('<form', '<form method="dialog"')
  return { title, body }
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

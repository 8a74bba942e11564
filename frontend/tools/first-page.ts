// A Vite plugin that makes index.html a template of Go (backend/spa). It holds the
// style of the first page and the page Sign in as plain HTML, so that the first
// answer of the server can be painted.
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { createServer, type Plugin, type Rolldown } from 'vite'
import { plainIcons } from './icons'
import { replaceEach } from './replace'
import type { signInPage } from './sign-in-page'

type Bundle = Rolldown.OutputBundle
type ByLanguage<Value> = { en: Value; de: Value }

const root = fileURLToPath(new URL('..', import.meta.url))
const noScript =
  'Diese Seite braucht JavaScript. Schalten Sie es in den Einstellungen des Browsers ein und laden Sie die Seite neu.'
const slow = 'Das dauert lange. Laden Sie die Seite neu.'

export function firstPage(): Plugin {
  let style = ''
  return {
    name: 'first-page',
    apply: 'build',
    generateBundle: {
      order: 'pre',
      handler(_, bundle) {
        style = takeStyle(bundle)
      },
    },
    transformIndexHtml: {
      order: 'post',
      async handler(html, { bundle = {} }) {
        const { en, de } = await signInPages()
        const texts = { en: fileOf(bundle, 'first-en.ts'), de: fileOf(bundle, 'first-de.ts') }
        return replaceEach(html, [
          ['<html lang="en">', '<html lang="{{.Language}}"{{with .Theme}} data-theme="{{.}}"{{end}}>'],
          [/<title>.*<\/title>/, `<title>{{if .SignIn}}${choice(de.title, en.title)}{{else}}{{.Brand}}{{end}}</title>`],
          ['<noscript>', `<noscript>{{if eq .Language "de"}}${noScript}{{else}}`],
          ['</noscript>', '{{end}}</noscript>'],
          [/(?<=<div id="slow">)(.*)(?=<\/div>)/, choice(slow, 'This takes long. Load the page again.')],
          ['</head>', `${preload(texts)}<style>${style.trim()}</style>\n  </head>`],
          ['</body>', `{{if .SignIn}}<div id="early">${choice(de.body, en.body)}</div>{{end}}\n  </body>`],
        ])
      },
    },
  }
}

const choice = (de: string, en: string) => `{{if eq .Language "de"}}${de}{{else}}${en}{{end}}`

/** What the script asks for first is asked for together with it. */
const preload = ({ en, de }: ByLanguage<string>) =>
  `{{if .SignIn}}<link rel="modulepreload" crossorigin href="${choice(de, en)}">` +
  '<link rel="preload" as="fetch" crossorigin href="/api/session">{{end}}'

/** Takes the style of the first page out of the build: no other page asks for it again. */
function takeStyle(bundle: Bundle) {
  const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
  const first = new Set(chunks.filter(({ isEntry }) => isEntry))
  for (const chunk of first) {
    for (const imported of chunks) if (chunk.imports.includes(imported.fileName)) first.add(imported)
  }
  let style = ''
  for (const sheet of new Set([...first].flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? [])]))) {
    const file = bundle[sheet]
    if (file?.type !== 'asset') throw new Error(`the build has no ${sheet}`)
    style += file.source
    delete bundle[sheet]
    for (const { viteMetadata } of chunks) viteMetadata?.importedCss.delete(sheet)
  }
  return style
}

function fileOf(bundle: Bundle, source: string) {
  const chunk = Object.values(bundle).find(
    (file) => file.type === 'chunk' && file.facadeModuleId?.endsWith(`/${source}`),
  )
  if (!chunk) throw new Error(`the build has no ${source}`)
  return `/${chunk.fileName}`
}

/** Renders the page Sign in in both languages. */
async function signInPages(): Promise<ByLanguage<Awaited<ReturnType<typeof signInPage>>>> {
  const server = await createServer({
    root,
    configFile: false,
    mode: 'production',
    appType: 'custom',
    logLevel: 'error',
    plugins: [plainIcons(), svelte({ configFile: false })],
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  })
  try {
    const pages = (await server.ssrLoadModule('/tools/sign-in-page.ts')) as { signInPage: typeof signInPage }
    return { en: await pages.signInPage('en'), de: await pages.signInPage('de') }
  } finally {
    await server.close()
  }
}

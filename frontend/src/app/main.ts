import { mount } from 'svelte'
import { i18n } from '../lib/i18n.svelte'
import { session } from '../lib/session.svelte'
import { theme } from '../lib/theme.svelte'
import { takeLinkToken } from '../sign-in/link-token'
import App from './App.svelte'
import { firstTexts } from './texts'
import '../styles/app.css'

// No page is mounted before the theme, the language and the session are known, so
// that no wrong colour, text or page is visible for a moment. Until then the browser
// shows what the HTML holds: Sign in, or nothing to somebody who may be signed in.
const target = document.getElementById('app')
if (!target) throw new Error('index.html has no element for the application')

try {
  theme.start()
  takeLinkToken()
  await Promise.all([i18n.start(firstTexts), session.load()])
  document.getElementById('slow')?.remove()
  if (isSecureContext) mount(App, { target })
  // Nothing else can work over an insecure connection. No await: the module needs this one to be finished.
  else void import('./insecure').then(({ Insecure }) => mount(Insecure, { target }))
} catch (error) {
  document.getElementById('early')?.remove()
  document.getElementById('slow')?.remove()
  // The language is not known, or its texts are what is missing.
  target.textContent =
    'This page cannot be shown. Load it again. Diese Seite kann nicht angezeigt werden. Laden Sie sie neu.'
  throw error
}

import { mount } from 'svelte'
import { i18n } from '../lib/i18n.svelte'
import { session } from '../lib/session.svelte'
import { theme } from '../lib/theme.svelte'
import { takeSetupToken } from '../sign-in/setup-token'
import App from './App.svelte'
import '../styles/app.css'

// Nothing is drawn before the theme, the language and the session are known,
// so nothing flashes and no page shows that is about to be left.
theme.start()
takeSetupToken()

const target = document.getElementById('app')
if (!target) throw new Error('the page has no place for the application')

try {
  await Promise.all([i18n.start(), session.load()])
  mount(App, { target })
} catch (error) {
  target.textContent = 'The server cannot be reached. Load the page again.'
  throw error
}

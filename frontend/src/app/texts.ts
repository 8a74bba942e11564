import type { Language } from '../lib/i18n.svelte'
import { ShownTexts } from '../lib/i18n.svelte'
import { sharedTexts } from '../lib/texts'
import { signInTexts } from '../sign-in/texts'
import type { Texts } from './en'

export const appTexts = new ShownTexts<Texts>()

/** The texts of the first page. They are loaded as one file, since each request delays that page. */
export const firstTexts = {
  async load(language: Language) {
    const { app, shared, signIn } = await (language === 'de' ? import('./first-de') : import('./first-en'))
    return () => {
      appTexts.t = app
      sharedTexts.t = shared
      signInTexts.t = signIn
    }
  },
}

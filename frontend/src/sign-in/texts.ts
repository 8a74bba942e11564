import { Catalog, ShownTexts } from '../lib/i18n.svelte'
import type { Texts } from './en'

/** The first page, and the frame around all pages of the sign-in. app/texts.ts loads it. */
export const signInTexts = new ShownTexts<Texts>()

/** Verification, the page after a backup code, and First start. */
export const verifyTexts = new Catalog({ en: () => import('./en-verify'), de: () => import('./de-verify') })

import type { Texts } from './en'
import { Catalog, ShownTexts } from './i18n.svelte'

/** What the first page and every other page say. app/texts.ts loads it. */
export const sharedTexts = new ShownTexts<Texts>()

/** What every page except the first one may say. */
export const laterTexts = new Catalog({ en: () => import('./en-later'), de: () => import('./de-later') })

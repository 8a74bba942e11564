// Not in texts.ts, so that the first page does not load the names of their files.
import { Catalog } from '../lib/i18n.svelte'

/** The page for a help code. */
export const helpCodeTexts = new Catalog({ en: () => import('./en-help-code'), de: () => import('./de-help-code') })

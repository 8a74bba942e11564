// Not in texts.ts, so that the first page does not load the names of their files.
import { Catalog } from '../lib/i18n.svelte'

/** The page that opens an application. */
export const openTexts = new Catalog({ en: () => import('./en-open'), de: () => import('./de-open') })

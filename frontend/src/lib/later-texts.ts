// Texts that the first page does not name. They are not in texts.ts, so that it does
// not load the names of their files.
import { Catalog } from './i18n.svelte'

/** Security events in words. */
export const activityTexts = new Catalog({ en: () => import('./en-activity'), de: () => import('./de-activity') })

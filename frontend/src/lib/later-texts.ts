// Texts that the first page does not name. They are not in texts.ts, so that it does
// not load the names of their files.
import { Catalog } from './i18n.svelte'

/** What a policy asks of one person. */
export const obligationTexts = new Catalog({ en: () => import('./en-obligation'), de: () => import('./de-obligation') })

/** Security events in words. */
export const activityTexts = new Catalog({ en: () => import('./en-activity'), de: () => import('./de-activity') })

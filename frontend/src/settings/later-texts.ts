// Texts that no page needs when it opens. They are not in texts.ts, so that the
// first page does not load the names of their files.
import { Catalog } from '../lib/i18n.svelte'

/** What is said about a help code: in the session that it opened, and in the others of the account. */
export const recoveryTexts = new Catalog({ en: () => import('./en-recovery'), de: () => import('./de-recovery') })

/** The pages of a set-up and of a move. */
export const enrollmentTexts = new Catalog({ en: () => import('./en-enrollment'), de: () => import('./de-enrollment') })

/** The dialogs that show new backup codes and check saved ones, and the sheet. */
export const newCodesTexts = new Catalog({ en: () => import('./en-new-codes'), de: () => import('./de-new-codes') })

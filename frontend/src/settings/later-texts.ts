// Texts that no page needs when it opens. They are not in texts.ts, so that the
// first page does not load the names of their files.
import { Catalog } from '../lib/i18n.svelte'

/** What is said about a help code: in the session that it opened, and in the others of the account. */
export const recoveryTexts = new Catalog({ en: () => import('./en-recovery'), de: () => import('./de-recovery') })

/** The list of second factors. */
export const factorTexts = new Catalog({ en: () => import('./en-factors'), de: () => import('./de-factors') })

/** Adding a passkey or hardware key. */
export const addKeyTexts = new Catalog({ en: () => import('./en-add-key'), de: () => import('./de-add-key') })

/** Naming and removing second factors. */
export const factorDialogTexts = new Catalog({
  en: () => import('./en-factor-dialogs'),
  de: () => import('./de-factor-dialogs'),
})

/** Pausing and removing all second factors. */
export const disableTexts = new Catalog({ en: () => import('./en-disable'), de: () => import('./de-disable') })

/** Confirming an address for notices with the code mailed to it. */
export const addressCodeTexts = new Catalog({
  en: () => import('./en-address-code'),
  de: () => import('./de-address-code'),
})

/** What is said about a key that was added in another session. */
export const newKeyTexts = new Catalog({ en: () => import('./en-new-key'), de: () => import('./de-new-key') })

/** The pages of a set-up and of a move. */
export const enrollmentTexts = new Catalog({ en: () => import('./en-enrollment'), de: () => import('./de-enrollment') })

/** The dialogs that show new backup codes and check saved ones, and the sheet. */
export const newCodesTexts = new Catalog({ en: () => import('./en-new-codes'), de: () => import('./de-new-codes') })

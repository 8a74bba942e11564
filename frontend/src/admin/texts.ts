import { Catalog } from '../lib/i18n.svelte'

/** What all pages of this area say, and the list of people. */
export const adminTexts = new Catalog({ en: () => import('./en'), de: () => import('./de') })

/** The page of one person. */
export const personTexts = new Catalog({ en: () => import('./en-person'), de: () => import('./de-person') })

/** The dialogs for a help code and for an exception. */
export const helpTexts = new Catalog({ en: () => import('./en-help'), de: () => import('./de-help') })

/** Policies. */
export const policyTexts = new Catalog({ en: () => import('./en-policy'), de: () => import('./de-policy') })

/** Invitations, imports and links. */
export const inviteTexts = new Catalog({ en: () => import('./en-invite'), de: () => import('./de-invite') })

/** Groups. */
export const groupTexts = new Catalog({ en: () => import('./en-groups'), de: () => import('./de-groups') })

/** Applications and their rules. */
export const applicationTexts = new Catalog({
  en: () => import('./en-applications'),
  de: () => import('./de-applications'),
})

/** All events. */
export const eventTexts = new Catalog({ en: () => import('./en-events'), de: () => import('./de-events') })

/** The report for auditors. */
export const reportTexts = new Catalog({ en: () => import('./en-report'), de: () => import('./de-report') })

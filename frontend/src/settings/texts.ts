import { Catalog } from '../lib/i18n.svelte'

/** The frame around the settings, Home, and the small pages. */
export const settingsTexts = new Catalog({ en: () => import('./en'), de: () => import('./de') })

/** The page Two-Factor Authentication. */
export const twoFactorTexts = new Catalog({ en: () => import('./en-two-factor'), de: () => import('./de-two-factor') })

// The page asks the server for its link before it says anything, and loads these
// texts meanwhile. They are not in texts.ts, so that the first page does not load
// the names of their files.
import { Catalog } from '../lib/i18n.svelte'

export const welcomeTexts = new Catalog({ en: () => import('./en-welcome'), de: () => import('./de-welcome') })

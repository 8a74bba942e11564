import { blockNavigation } from 'sv-router'
import { session } from '../lib/session.svelte'
import { settingsTexts } from './texts'

/** Asks before a page with unsaved changes is left. To be called while a component is set up. */
export function askBeforeLeaving(unsaved: () => boolean, question = () => settingsTexts.t.unsaved) {
  $effect(() => {
    if (!unsaved()) return
    // Whoever is no longer signed in has to go, saved or not.
    const mayLeave = () => session.current?.state !== 'signed_in' || confirm(question())
    return blockNavigation({ beforeUnload: () => session.current?.state !== 'signed_in', onNavigate: mayLeave })
  })
}

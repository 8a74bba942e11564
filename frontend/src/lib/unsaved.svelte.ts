import { blockNavigation } from 'sv-router'
import { session } from './session.svelte'
import { laterTexts } from './texts'

/** Asks before a page with unsaved changes is left. Called while a component is initialised. */
export function askBeforeLeaving(unsaved: () => boolean, question = () => laterTexts.t.unsaved) {
  $effect(() => {
    if (!unsaved()) return
    // A person who is no longer signed in cannot save.
    const mayLeave = () => session.current?.state !== 'signed_in' || confirm(question())
    return blockNavigation({ beforeUnload: () => session.current?.state !== 'signed_in', onNavigate: mayLeave })
  })
}

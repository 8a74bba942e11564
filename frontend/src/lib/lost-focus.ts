import { tick } from 'svelte'
import { focusTop } from './focus'

/** Moves the focus to the page's heading if a change has removed the button that had it. */
export async function focusTopIfLost() {
  await tick()
  if (document.activeElement === document.body) await focusTop()
}

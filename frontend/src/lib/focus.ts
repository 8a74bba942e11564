// Moves the focus when the element that had it is removed. A page that opens moves
// it to its heading (focusHeading). A part that replaces another moves it to
// itself (focusHere). Otherwise it returns to the heading (focusTop). A dialog
// gives it back by itself.
import { tick } from 'svelte'

let arrived = false

/**
 * Moves the focus to a page's heading when the page is opened from another one.
 * The first page leaves it alone, since the browser starts at the top anyway.
 */
export function focusHeading(heading: HTMLElement) {
  if (arrived) heading.focus({ preventScroll: true })
  arrived = true
}

/** Moves the cursor to the first empty field of a page that is nothing but a form, unless somebody types there already. */
export function focusFirstEmpty(first: HTMLInputElement) {
  if (first.form?.contains(document.activeElement)) return
  const fields = [...(first.form?.elements ?? [])].filter((element) => element instanceof HTMLInputElement)
  const field = fields.find(({ value }) => value === '') ?? first
  field.focus({ preventScroll: true })
}

/** Moves the focus to an element that has just replaced the one with the focus. */
export function focusHere(element: HTMLElement) {
  element.focus()
}

/** Moves the focus to the page's heading after the element with the focus was removed. */
export async function focusTop() {
  await tick()
  document.querySelector<HTMLElement>('h1')?.focus()
}

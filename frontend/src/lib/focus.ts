import { tick } from 'svelte'

let arrived = false

/**
 * Moves the focus to a page's heading when the page is opened from another one.
 * The first page leaves it alone: the browser starts at the top anyway.
 */
export function focusHeading(heading: HTMLElement) {
  if (arrived) heading.focus({ preventScroll: true })
  arrived = true
}

/** Moves the focus to what has just replaced the part of a page a person acted on. */
export function focusHere(element: HTMLElement) {
  element.focus()
}

/** Moves the focus to the page's heading, once what a person acted on is gone. */
export async function focusTop() {
  await tick()
  document.querySelector<HTMLElement>('h1')?.focus()
}

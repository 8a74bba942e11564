// Where the focus goes when what had it is gone. A page that opens takes it to
// its heading (focusHeading), what comes in its place takes it itself
// (focusHere), a control that goes gives it back (giveBackFocus), and where
// nothing of these fits it starts again at the heading (focusTop). A dialog
// gives it back by itself.
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

/**
 * For a control that goes when it has done its work: the focus returns to where
 * it was when the control came up, else to the heading.
 */
export function giveBackFocus(control: HTMLElement) {
  const before = document.activeElement
  let mine = false
  const follow = ({ target }: FocusEvent) => {
    mine = target === control
  }
  document.addEventListener('focusin', follow)
  return () => {
    document.removeEventListener('focusin', follow)
    if (!mine || document.activeElement !== document.body) return
    if (before instanceof HTMLElement) before.focus()
    if (document.activeElement === document.body) heading()?.focus()
  }
}

/** The heading of the dialog in front, else of the page. */
function heading() {
  const headings = document.querySelectorAll<HTMLElement>('dialog[open] h2, h1')
  return headings[headings.length - 1]
}

/** Moves the focus to the page's heading, once what a person acted on is gone. */
export async function focusTop() {
  await tick()
  document.querySelector<HTMLElement>('h1')?.focus()
}

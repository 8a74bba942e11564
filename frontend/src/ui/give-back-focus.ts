/**
 * For a control that is removed after its use: the focus returns to the element
 * that had it when the control appeared, else to the heading.
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

/** Returns the heading of the dialog in front, else of the page. */
function heading() {
  const headings = document.querySelectorAll<HTMLElement>('dialog[open] h2, h1')
  return headings[headings.length - 1]
}

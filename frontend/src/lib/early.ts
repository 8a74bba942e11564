/**
 * Removes the page that came as plain HTML (tools/sign-in-page.ts) as soon as another one
 * stands in its place. What was typed there, and the cursor, move to the fields of
 * the same name.
 */
export function replaceEarly() {
  const early = document.getElementById('early')
  if (!early) return
  for (const old of early.querySelectorAll('input')) {
    const field = document.querySelector<HTMLInputElement>(`#app input[name="${old.name}"]`)
    if (!field) continue
    if (old.value) {
      field.value = old.value
      field.dispatchEvent(new Event('input', { bubbles: true }))
    }
    if (old === document.activeElement) {
      field.focus()
      field.setSelectionRange(old.selectionStart, old.selectionEnd)
    }
  }
  early.remove()
}

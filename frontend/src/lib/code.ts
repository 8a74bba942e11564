import { isSixDigits } from './format'
import { i18n } from './i18n.svelte'

const aboutCode = new Set(['code_wrong', 'code_used', 'code_replaced', 'code_wait'])

/** True for the failures which are shown at the field for the code. */
export function isAboutCode(problem: string): boolean {
  return aboutCode.has(problem)
}

/** Says in words what is wrong with a code as entered, before it is sent. */
export function codeMistake(input: HTMLInputElement): string | undefined {
  if (input.validity.valueMissing) return i18n.t.code.missing
  return isSixDigits(input.value) ? undefined : i18n.t.code.malformed
}

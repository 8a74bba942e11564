import { characters } from './format'
import { i18n } from './i18n.svelte'

const SHORTEST = 15
const LONGEST = 256

/** Says in words what is wrong with the length of a new password, whose field has that label; the server checks the rest. */
export function newPasswordMistake(input: HTMLInputElement, label: string): string | undefined {
  if (input.validity.valueMissing) return i18n.t.password.missing(label)
  const length = characters(input.value)
  if (length < SHORTEST) return i18n.t.reasons.password.too_short
  if (length > LONGEST) return i18n.t.reasons.password.too_long
  return undefined
}

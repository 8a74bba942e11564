import { characters } from './format'
import { laterTexts } from './texts'

const SHORTEST = 15
const LONGEST = 256

/** Says what is wrong with the length of a new password. The label names its field. The server checks the rest. */
export function newPasswordMistake(input: HTMLInputElement, label: string): string | undefined {
  const { newPassword, reasons } = laterTexts.t
  if (input.validity.valueMissing) return newPassword.missing(label)
  const length = characters(input.value)
  if (length < SHORTEST) return reasons.password.too_short(label)
  if (length > LONGEST) return reasons.password.too_long(label)
  return undefined
}

import type { Code } from './api'
import { backupCodeMistake } from './backup-code'
import { isSixDigits } from './format'
import { laterTexts } from './texts'

/** A code from the authenticator app, or a backup code. */
export type CodeKind = 'totp' | 'backup'

/** With this many unused backup codes or fewer a new set is recommended. */
export const FEW_CODES = 3

const aboutCode = new Set<Code>(['code_wrong', 'code_used', 'code_replaced', 'code_wait'])

/** True for the failures that are shown at the field for the code. */
export function isAboutCode(problem: Code): boolean {
  return aboutCode.has(problem)
}

/** Reads an entry as the server does: six digits are a code from the app, everything else is a backup code. */
export function kindOf(entry: string): CodeKind {
  return isSixDigits(entry) ? 'totp' : 'backup'
}

/** Says what is wrong with a 6-digit code before it is sent. */
export function codeMistake(input: HTMLInputElement): string | undefined {
  if (input.validity.valueMissing) return laterTexts.t.code.missing
  return isSixDigits(input.value) ? undefined : laterTexts.t.code.malformed
}

/** Says what is wrong with a backup code before it is sent. */
export function savedCodeMistake(input: HTMLInputElement): string | undefined {
  if (input.validity.valueMissing) return laterTexts.t.code.missingBackup
  const mistake = backupCodeMistake(input.value)
  return mistake && laterTexts.t.code.malformedBackup[mistake]
}

/** The same for a field that takes both kinds. An entry without letters is read as the kind that the field asks for. */
export function eitherCodeMistake(input: HTMLInputElement, asked: CodeKind): string | undefined {
  if (isSixDigits(input.value)) return undefined
  const digits = asked === 'totp' && !/[a-z]/i.test(input.value)
  return digits && backupCodeMistake(input.value) === 'form' ? codeMistake(input) : savedCodeMistake(input)
}

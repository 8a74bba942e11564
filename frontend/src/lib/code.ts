import { backupCodeMistake } from './backup-code'
import { isSixDigits, withoutSeparators } from './format'
import { i18n } from './i18n.svelte'

/** A code of the authenticator app, or one from the sheet. */
export type CodeKind = 'totp' | 'backup'

/** From so few unused backup codes on, a new set is recommended. */
export const FEW_CODES = 3

const aboutCode = new Set(['code_wrong', 'code_used', 'code_replaced', 'code_wait'])

/** True for the failures which are shown at the field for the code. */
export function isAboutCode(problem: string): boolean {
  return aboutCode.has(problem)
}

/** How the server reads an entry: six digits are a code of the app, everything else is a backup code. */
export function kindOf(entry: string): CodeKind {
  return isSixDigits(entry) ? 'totp' : 'backup'
}

/** Says in words what is wrong with a 6-digit code as entered, before it is sent. */
export function codeMistake(input: HTMLInputElement): string | undefined {
  if (input.validity.valueMissing) return i18n.t.code.missing
  return isSixDigits(input.value) ? undefined : i18n.t.code.malformed
}

/** The same where only a backup code will do. */
export function savedCodeMistake(input: HTMLInputElement): string | undefined {
  if (input.validity.valueMissing) return i18n.t.code.missingBackup
  const mistake = backupCodeMistake(input.value)
  return mistake && i18n.t.code.malformedBackup[mistake]
}

/** The same for the code that was mailed to confirm an address. */
export function mailedCodeMistake(input: HTMLInputElement): string | undefined {
  const right = /^[0-9a-tv-z]{8}$/i.test(withoutSeparators(input.value))
  return right ? undefined : i18n.t.notice.codeMalformed
}

/** The same for a field that takes both kinds; without a letter it is taken for the kind that is asked for. */
export function eitherCodeMistake(input: HTMLInputElement, asked: CodeKind): string | undefined {
  if (isSixDigits(input.value)) return undefined
  const digits = asked === 'totp' && !/[a-z]/i.test(input.value)
  return digits && backupCodeMistake(input.value) === 'form' ? codeMistake(input) : savedCodeMistake(input)
}

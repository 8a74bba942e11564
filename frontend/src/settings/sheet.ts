// The sheet of a new set of backup codes: as PDF and as plain text. Nothing of it is
// kept.
import type { NewCodes } from '../lib/api-later'
import { utcDateTime } from '../lib/dates'
import { i18n } from '../lib/i18n.svelte'
import { session } from '../lib/session.svelte'
import { newCodesTexts } from './later-texts'

/** Returns the sheet to print. It came with the codes. */
export function pdfOf({ pdf }: NewCodes): Blob {
  return new Blob([Uint8Array.from(atob(pdf), (sign) => sign.charCodeAt(0))], { type: 'application/pdf' })
}

/** Returns the facts at the head of a sheet. */
export function headOf(codes: NewCodes): [label: string, value: string][] {
  const t = newCodesTexts.t.sheet
  const { username = '', display_name: name } = session.current?.account ?? {}
  return [
    [t.account, name && name !== username ? `${name} (${username})` : username],
    [t.created, utcDateTime(codes.created_at, i18n.language)],
    [t.set, String(codes.number)],
    [t.checkWord, codes.check_word],
  ]
}

/** Returns the sheet as plain text, with line ends that every editor understands. */
export function textOf(codes: NewCodes): string {
  const t = newCodesTexts.t.sheet
  const { brand, secure_public_url: address, help_contact: help } = session.current ?? {}
  const facts = (rows: [string, string][]) => rows.map(([label, value]) => `${label}: ${value}`)
  const lines = [
    `${brand?.name}: ${t.title}`,
    '',
    ...facts(headOf(codes)),
    '',
    t.once,
    '',
    ...codes.codes.map((code, at) => `${String(at + 1).padStart(2)}.  ${code}`),
    '',
    ...facts([[t.signIn, address ?? ''], ...(help ? [[t.help, help] as [string, string]] : [])]),
    t.older,
  ]
  return lines.map((line) => `${line}\r\n`).join('')
}

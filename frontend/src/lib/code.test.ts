import { beforeAll, expect, test } from 'vitest'
import { enRoom } from '../settings/en'
import { type CodeKind, eitherCodeMistake, kindOf, savedCodeMistake } from './code'
import { en } from './en'
import { i18n } from './i18n.svelte'

beforeAll(() => {
  i18n.t = Object.assign({}, i18n.t, en, enRoom)
})

const code = 'Q95T-Y1SD-39K3-3H94'

const entered = (value: string) => ({ value, validity: { valueMissing: value === '' } }) as HTMLInputElement
const mistake = (value: string, asked: CodeKind) => eitherCodeMistake(entered(value), asked)

test.each(['totp', 'backup'] as const)('a field made for %s takes both kinds', (asked) => {
  for (const entry of ['123456', ' 123 456 ', code, code.toLowerCase()]) expect(mistake(entry, asked)).toBeUndefined()
})

test('what is wrong is told for the kind that was meant', () => {
  expect(mistake('', 'totp')).toBe(enRoom.code.missing)
  expect(mistake('12345', 'totp')).toBe(enRoom.code.malformed)
  expect(mistake('1234567', 'totp')).toBe(enRoom.code.malformed)
  expect(mistake('Q95T-Y1', 'totp')).toBe(enRoom.code.malformedBackup.form)
  expect(mistake('1234567890123456', 'totp')).toBe(enRoom.code.malformedBackup.typing)
  expect(mistake('', 'backup')).toBe(enRoom.code.missingBackup)
  expect(mistake('12345', 'backup')).toBe(enRoom.code.malformedBackup.form)
  expect(mistake(`8${code.slice(1)}`, 'backup')).toBe(enRoom.code.malformedBackup.typing)
})

test('a saved code is never six digits', () => {
  expect(savedCodeMistake(entered('123456'))).toBe(enRoom.code.malformedBackup.form)
  expect(savedCodeMistake(entered(code))).toBeUndefined()
})

test('an entry is sent as what the server reads it as', () => {
  expect(kindOf(' 123-456')).toBe('totp')
  expect(kindOf(code)).toBe('backup')
})

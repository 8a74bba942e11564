import { beforeAll, expect, test } from 'vitest'
import { type CodeKind, eitherCodeMistake, kindOf, savedCodeMistake } from './code'
import { texts } from './en-later'
import { laterTexts } from './texts'

beforeAll(() => {
  laterTexts.t = texts
})

const code = 'Q95T-Y1SD-39K3-3H94'

const entered = (value: string) => ({ value, validity: { valueMissing: value === '' } }) as HTMLInputElement
const mistake = (value: string, asked: CodeKind) => eitherCodeMistake(entered(value), asked)

test.each(['totp', 'backup'] as const)('a field made for %s takes both kinds', (asked) => {
  for (const entry of ['123456', ' 123 456 ', code, code.toLowerCase()]) expect(mistake(entry, asked)).toBeUndefined()
})

test('what is wrong is told for the kind that was meant', () => {
  expect(mistake('', 'totp')).toBe(texts.code.missing)
  expect(mistake('12345', 'totp')).toBe(texts.code.malformed)
  expect(mistake('1234567', 'totp')).toBe(texts.code.malformed)
  expect(mistake('Q95T-Y1', 'totp')).toBe(texts.code.malformedBackup.form)
  expect(mistake('1234567890123456', 'totp')).toBe(texts.code.malformedBackup.typing)
  expect(mistake('', 'backup')).toBe(texts.code.missingBackup)
  expect(mistake('12345', 'backup')).toBe(texts.code.malformedBackup.form)
  expect(mistake(`8${code.slice(1)}`, 'backup')).toBe(texts.code.malformedBackup.typing)
})

test('a saved code is never six digits', () => {
  expect(savedCodeMistake(entered('123456'))).toBe(texts.code.malformedBackup.form)
  expect(savedCodeMistake(entered(code))).toBeUndefined()
})

test('an entry is sent as what the server reads it as', () => {
  expect(kindOf(' 123-456')).toBe('totp')
  expect(kindOf(code)).toBe('backup')
})

import { expect, test } from 'vitest'
import { isKey, otherWays, usableWays } from './ways'

test('codes are typed, keys are asked for by the browser', () => {
  expect([isKey('passkey'), isKey('hardware_key'), isKey('totp'), isKey('backup'), isKey(undefined)]).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})

test('the field for codes changes between both kinds by itself', () => {
  const all = ['passkey', 'totp', 'hardware_key', 'backup'] as const
  expect(otherWays([...all], 'passkey')).toEqual(['totp', 'hardware_key', 'backup'])
  expect(otherWays([...all], 'totp')).toEqual(['passkey', 'hardware_key'])
  expect(otherWays([...all], 'backup')).toEqual(['passkey', 'hardware_key'])
  expect(otherWays(['totp', 'backup'], 'totp')).toEqual([])
  expect(otherWays(['passkey', 'backup'], 'backup')).toEqual(['passkey'])
  expect(otherWays(['passkey'], 'passkey')).toEqual([])
})

// Vitest runs without a browser, so there is no PublicKeyCredential.
test('keys are not offered where the browser cannot use them, unless there is nothing else', () => {
  const way = (factor: 'totp' | 'passkey' | 'hardware_key' | 'backup') => ({ factor, resistant: false })
  expect(usableWays([way('passkey'), way('totp'), way('backup')])).toEqual(['totp', 'backup'])
  expect(usableWays([way('passkey'), way('hardware_key')])).toEqual(['passkey', 'hardware_key'])
  expect(usableWays([])).toEqual([])
})

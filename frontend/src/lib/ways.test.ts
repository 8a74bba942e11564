import { expect, test } from 'vitest'
import type { Way } from './api'
import { isKey, otherWays, usableWays, waysFor } from './ways'

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

test('a step-up offers what gives what it wants, and a backup code always', () => {
  const all = [
    { factor: 'hardware_key', resistant: true },
    { factor: 'totp', resistant: false },
    { factor: 'passkey', resistant: false },
    { factor: 'backup', resistant: false },
  ] as const
  const offered = (need: 'code' | 'app_code' | 'key', ways: Way[] = [...all]) =>
    waysFor(need, ways).map(({ factor }) => factor)
  expect(offered('code')).toEqual(['hardware_key', 'totp', 'passkey', 'backup'])
  expect(offered('app_code')).toEqual(['totp', 'backup'])
  expect(offered('key')).toEqual(['hardware_key', 'backup'])
  expect(offered('key', [all[2]]), 'also when there is none').toEqual(['backup'])
})

// Vitest runs without a browser, so there is no PublicKeyCredential.
test('keys are not offered where the browser cannot use them, unless there is nothing else', () => {
  const way = (factor: 'totp' | 'passkey' | 'hardware_key' | 'backup') => ({ factor, resistant: false })
  expect(usableWays([way('passkey'), way('totp'), way('backup')])).toEqual(['totp', 'backup'])
  expect(usableWays([way('passkey'), way('hardware_key')])).toEqual(['passkey', 'hardware_key'])
  expect(usableWays([])).toEqual([])
})

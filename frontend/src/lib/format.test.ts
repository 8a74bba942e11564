import { describe, expect, test } from 'vitest'
import { characters, countdown, groupKey, initials, isSixDigits, secondsLeft } from './format'

test('the secret key is shown in eight groups of four', () => {
  const groups = groupKey('JBSWY3DPEHPK3PXP7QXG5ZTAMNUWC4TF')
  expect(groups).toEqual(['JBSW', 'Y3DP', 'EHPK', '3PXP', '7QXG', '5ZTA', 'MNUW', 'C4TF'])
  expect(groupKey('')).toEqual([])
})

test('seconds left: a started second counts, and it never goes below nothing', () => {
  expect(secondsLeft(10_000, 9_001)).toBe(1)
  expect(secondsLeft(10_000, 9_000)).toBe(1)
  expect(secondsLeft(10_000, 8_999)).toBe(2)
  expect(secondsLeft(10_000, 10_000)).toBe(0)
  expect(secondsLeft(10_000, 99_000)).toBe(0)
})

test.each([
  [0, '0:00'],
  [9, '0:09'],
  [95, '1:35'],
  [3599, '59:59'],
  [3600, '1:00:00'],
  [3700, '1:01:40'],
])('%i seconds are counted down as %s', (seconds, shown) => {
  expect(countdown(seconds)).toBe(shown)
})

describe('a 6-digit code', () => {
  test.each([
    '123456',
    '123 456',
    ' 12-34-56 ',
    '123\u00a0456',
    '123\u2009456',
    '123\u2011456',
    '١٢٣٤٥٦',
    '۱۲۳۴۵۶',
    '१२३४५६',
    '１２３４５６',
    '𝟏𝟐𝟑𝟺𝟻𝟼',
  ])('is %j', (input) => {
    expect(isSixDigits(input)).toBe(true)
  })
  test.each(['', '12345', '1234567', '12345a', '١٢٣٤٥', '①23456', '123.456', 'abcdef'])('is not %j', (input) => {
    expect(isSixDigits(input)).toBe(false)
  })
})

test('a password is counted in code points of its normal form', () => {
  expect(characters('é')).toBe(1)
  expect(characters('e\u0301')).toBe(1)
  expect(characters('👩')).toBe(1)
  expect(characters('abc def')).toBe(7)
})

test.each([
  ['Anna Berger', 'AB'],
  ['anna.berger', 'AB'],
  ['anna', 'A'],
  ['Anna Maria von Berger', 'AB'],
  ['Ödön', 'Ö'],
  ['שרה כהן (Sarah)', 'שS'],
  ['(Anna) [Berger] 👩', 'AB'],
  ['👩', '👩'],
  ['', ''],
])('the initials of %j are %j', (name, letters) => {
  expect(initials(name)).toBe(letters)
})

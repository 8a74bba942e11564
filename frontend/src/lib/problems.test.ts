import { beforeAll, expect, test } from 'vitest'
import type { Code } from './api'
import { texts as first } from './en'
import { texts as later } from './en-later'
import { fieldSentence, sentence, waitUntil } from './problems'
import { laterTexts, sharedTexts } from './texts'

beforeAll(() => {
  sharedTexts.t = first
  laterTexts.t = later
})

test('a wrong password or name is told as one', () => {
  expect(sentence({ code: 'credentials_wrong' })).toBe('The user name or password is not right.')
})

test('a wrong code says how many tries are left, or that there is a wait', () => {
  expect(sentence({ code: 'code_wrong', tries_left: 4 })).toBe(
    'That code is not right. You have 4 tries left before you have to wait. Check that your phone shows the right time.',
  )
  expect(sentence({ code: 'code_wrong', tries_left: 1 })).toContain('1 try left')
  expect(sentence({ code: 'code_wrong', tries_left: 0, wait_seconds: 30 })).toBe(
    'That code is not right. Wait before you try again. Check that your phone shows the right time.',
  )
})

test('a wrong code for a key that is not in use yet says that the key will end', () => {
  expect(sentence({ code: 'code_wrong', tries_left: 9, offered: true })).toBe(
    'That code is not right. You have 9 tries left before this key ends. Check that your phone shows the right time.',
  )
  expect(sentence({ code: 'code_wrong', tries_left: 1, offered: true })).toContain('1 try left before this key ends.')
})

test('a wrong code from the app always asks to check the time, unless the server knows how far the phone is off', () => {
  const hint = / Check that your phone shows the right time\.$/
  for (const kind of ['totp', undefined] as const) {
    expect(sentence({ code: 'code_wrong', tries_left: 4, ...(kind && { kind }) })).toMatch(hint)
    expect(sentence({ code: 'code_wrong', wait_seconds: 30, ...(kind && { kind }) })).toMatch(hint)
  }
  expect(sentence({ code: 'code_wrong', kind: 'totp', clock_offset_seconds: -240 })).not.toMatch(hint)
  expect(sentence({ code: 'code_wrong', kind: 'backup', tries_left: 4 })).not.toMatch(hint)
  expect(sentence({ code: 'code_used', kind: 'totp', tries_left: 4 })).not.toMatch(hint)
  expect(sentence({ code: 'mailed_code_wrong' })).not.toMatch(hint)
})

test('where only the app is asked for a code, no sentence points to a backup code', () => {
  const codes = [...Object.keys(first.problems), ...Object.keys(later.problems)] as Code[]
  expect(codes.length).toBeGreaterThan(40)
  for (const code of codes.filter((code) => code !== 'code_replaced' && code !== 'codes_not_shown')) {
    expect(sentence({ code }), code).not.toContain('backup code')
  }
})

test('a spent code says so', () => {
  expect(sentence({ code: 'code_used', tries_left: 3 })).toBe(
    'That code has been used already. Wait for the next one. You have 3 tries left before you have to wait.',
  )
})

test('a failure names the kind of code it is about, since the other may still work', () => {
  expect(sentence({ code: 'code_used', kind: 'backup', tries_left: 3 })).toBe(
    'That backup code has been used already. Use another one. You have 3 tries left before you have to wait.',
  )
  expect(sentence({ code: 'code_replaced', kind: 'backup', tries_left: 1 })).toContain('from an older set')
  expect(sentence({ code: 'code_wait', kind: 'totp', wait_seconds: 30 })).toMatch(/ or use a backup code\.$/)
  expect(sentence({ code: 'code_wait', kind: 'backup', wait_seconds: 30 })).toMatch(/ or use a code from the app\.$/)
  expect(sentence({ code: 'clock_changed', kind: 'totp' })).toBe("The server's clock was changed. Use a backup code.")
  expect(sentence({ code: 'key_unreadable', kind: 'totp' })).toContain('Use a backup code')
  expect(sentence({ code: 'code_wrong', kind: 'totp', clock_offset_seconds: -240 })).toContain('about 4 minutes ago')
})

test('a clock that is off is named in whole minutes', () => {
  expect(sentence({ code: 'code_wrong', clock_offset_seconds: -240 })).toBe(
    'That code was right about 4 minutes ago. The clock of your phone seems to be slow. Turn on automatic date and time, then enter a new code.',
  )
  expect(sentence({ code: 'code_wrong', clock_offset_seconds: 60 })).toContain('right in about 1 minute.')
})

test('an unknown failure names the request, if there is one', () => {
  expect(sentence({ code: 'something_new' as Code, request_id: 'r-17' })).toContain('mention request r-17.')
  expect(sentence({ code: 'internal' })).toBe('Something went wrong on the server. Try again.')
})

test('a field names itself; an unknown reason is not left without words', () => {
  expect(fieldSentence('password', 'too_short')).toBe('Password: use at least 15 characters.')
  expect(fieldSentence('password', 'too_short', 'New password')).toBe('New password: use at least 15 characters.')
  expect(fieldSentence('password', 'something_new')).toBe(first.problems.invalid)
  expect(fieldSentence('toString', 'name')).toBe(first.problems.invalid)
})

test('a wait is counted from now', () => {
  expect(waitUntil({ code: 'code_wait', wait_seconds: 30 }, 1000)).toBe(31_000)
  expect(waitUntil({ code: 'code_wrong', wait_seconds: null }, 1000)).toBeNull()
  expect(waitUntil(undefined, 1000)).toBeNull()
})

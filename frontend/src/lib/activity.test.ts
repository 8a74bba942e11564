import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { byDay, dayName, explanation, headline } from './activity'
import type { ActivityEvent } from './api-later'
import { texts as german } from './de-activity'
import { texts as english } from './en-activity'

const event: ActivityEvent = {
  id: 1,
  at: '2026-11-23T09:12:00.000Z',
  kind: 'sign_in',
  outcome: 'ok',
  reason: '',
  factor: '',
  actor: 'person',
  by: '',
  group: '',
  detail: '',
  client: { browser: 'Firefox', system: 'Windows' },
  address: '',
  count: null,
  clock_offset_seconds: null,
}

const languages = { English: english, German: german }

/** The words of the server's audit events, from the file that defines them. */
const source = readFileSync(new URL('../../../backend/audit/audit.go', import.meta.url), 'utf8')
const words = (pattern: RegExp) => [...source.matchAll(pattern)].map(([, word]) => word as string)
const kinds = words(/\bKind\s+= "(\w+)"/g)
const reasons = words(/\bReason\w+\s+= "(\w+)"/g)

test('the words of the audit events are found', () => {
  expect(kinds).toContain('sign_in')
  expect(kinds.length).toBeGreaterThan(30)
  expect(reasons).toContain('wrong')
  expect(words(/\bOutcome\s+= "(\w+)"/g)).toEqual(['ok', 'failed', 'denied'])
})

for (const [language, texts] of Object.entries(languages)) {
  test.each(kinds)(`${language}: %s has a sentence`, (kind) => {
    expect(headline({ ...event, kind }, texts)).not.toBe(texts.other)
  })

  test.each([...reasons, 'valid', 'used'])(`${language}: the reason %s has a sentence for each factor`, (reason) => {
    for (const factor of ['', 'password', 'totp', 'backup', 'help', 'passkey', 'hardware_key'] as const) {
      for (const outcome of ['failed', 'denied'] as const) {
        expect(explanation({ ...event, outcome, reason, factor }, texts)).toMatch(/^\p{Lu}.*\.$/u)
      }
    }
  })

  test.each(words(/^const (?:Operator|System) = "(\w+)"/gm))(
    `${language}: an act of the %s names the actor`,
    (actor) => {
      expect(texts.actors).toHaveProperty(actor)
    },
  )

  test.each(failing())(`${language}: %s has a sentence for a failure`, (kind) => {
    expect(headline({ ...event, kind, outcome: 'failed' }, texts)).not.toBe(texts.otherFailed)
  })
}

/** The kinds that the server records as failed or denied, wherever it does. */
function failing(): string[] {
  return [
    'password',
    'second_factor',
    'step_up_password',
    'step_up_code',
    'step_up_key',
    'passkey_added',
    'enrollment_code',
    'resumed',
    'code_checked',
  ]
}

test('a word that is newer than the page has a sentence too', () => {
  expect(headline({ ...event, kind: 'something_new' }, english)).toBe(english.other)
  expect(headline({ ...event, kind: 'toString', outcome: 'denied' }, english)).toBe(english.otherFailed)
  expect(explanation({ ...event, outcome: 'failed', reason: 'something_new' }, english)).toBe('')
})

test('a refused code says why, and how far the clock of the phone is off', () => {
  const refused = { ...event, kind: 'second_factor', outcome: 'failed', reason: 'wrong', factor: 'totp' } as const
  expect(headline(refused, english)).toBe('Verification refused')
  expect(explanation({ ...refused, clock_offset_seconds: -240 }, english)).toBe(
    'The code from the app was not right. The clock of the phone was about 4 minutes slow.',
  )
  expect(explanation({ ...refused, clock_offset_seconds: 60 }, german)).toBe(
    'Der Code aus der App war nicht richtig. Die Uhr des Telefons ging etwa 1 Minute vor.',
  )
})

test('refused tries are counted', () => {
  const refused = { ...event, kind: 'second_factor', outcome: 'denied', reason: 'wait', factor: 'totp' } as const
  expect(explanation({ ...refused, count: 17 }, english)).toBe('17 tries were refused within an hour.')
  expect(explanation({ ...refused, count: 1 }, german)).toBe('1 Versuch wurde innerhalb einer Stunde abgelehnt.')
  const ended = { ...event, kind: 'other_sessions_ended', count: 2 }
  expect(explanation(ended, english)).toBe('2 sessions were ended.')
})

test('what happens again and again within an hour is told once, with how often', () => {
  const changed = { ...event, kind: 'profile_changed', count: 3 }
  expect(explanation(changed, english)).toBe('3 more times within an hour.')
  expect(explanation(changed, german)).toBe('Noch 3 Mal innerhalb einer Stunde.')
  const wrong = { ...event, kind: 'password', outcome: 'failed', reason: 'wrong', factor: 'password' } as const
  expect(explanation({ ...wrong, count: 1 }, english)).toBe('The password was not right. Once more within an hour.')
  expect(explanation({ ...wrong, count: 1 }, german)).toBe(
    'Das Passwort war nicht richtig. Noch einmal innerhalb einer Stunde.',
  )
})

test('a step-up says which kind of code was given', () => {
  expect(explanation({ ...event, kind: 'step_up_code', factor: 'backup' }, english)).toBe('With a backup code.')
  expect(explanation({ ...event, kind: 'code_checked', factor: 'backup', reason: 'valid' }, english)).toBe(
    'The backup code was valid.',
  )
})

test('what happened to a key says which kind it is, and its name', () => {
  const added = { ...event, kind: 'passkey_added', factor: 'passkey', detail: 'Vault' } as const
  expect(headline(added, english)).toBe('A passkey was added')
  expect(explanation(added, english)).toBe('It is called Vault.')
  const renamed = { ...added, kind: 'passkey_renamed', factor: 'hardware_key' } as const
  expect(headline(renamed, german)).toBe('Ein Hardware-Schlüssel wurde umbenannt')
  expect(explanation(renamed, german)).toBe('Der Name ist jetzt Vault.')
  expect(explanation({ ...added, detail: '' }, english)).toBe('')
  expect(explanation({ ...added, reason: 'help_code' }, english)).toBe(
    'It was done with a help code. It is called Vault.',
  )
})

test('a sign-in says which kind of key was used, a refused one which key', () => {
  const used = { ...event, kind: 'second_factor', factor: 'hardware_key' } as const
  expect(headline(used, english)).toBe('Second factor accepted')
  expect(explanation(used, english)).toBe('With a hardware key.')
  const back = { ...used, outcome: 'failed', reason: 'counter_back', detail: 'Blue' } as const
  expect(explanation(back, english)).toBe(
    'The counter of this key went back: somebody may have a copy. It is called Blue.',
  )
  expect(headline({ ...used, kind: 'step_up_key' }, english)).toBe('Hardware key confirmed')
  expect(explanation({ ...used, kind: 'step_up_key' }, english)).toBe('')
})

test('a key that was offered and replaced is not called a code', () => {
  const replaced = { ...event, kind: 'enrollment_cancelled', reason: 'replaced' }
  expect(explanation(replaced, english)).toBe('A new key replaced it.')
  expect(explanation({ ...replaced, kind: 'second_factor', outcome: 'failed', factor: 'backup' }, english)).toBe(
    'The backup code was from an older set.',
  )
})

test('events are kept in order, by day of this time zone', () => {
  const at = (time: string, id: number) => ({ ...event, at: new Date(time).toISOString(), id })
  const events = [at('2026-11-23T10:00', 3), at('2026-11-23T00:00', 2), at('2026-11-22T23:59', 1)]
  expect(byDay(events).map((day) => day.events.map(({ id }) => id))).toEqual([[3, 2], [1]])
  expect(byDay([])).toEqual([])
})

test('days are named by how far they are away', () => {
  const now = new Date('2026-01-01T00:30').getTime()
  const name = (time: string, language: 'en' | 'de') =>
    dayName(new Date(time).toISOString(), now, language, language === 'en' ? english : german)
  expect(name('2026-01-01T00:00', 'en')).toBe('Today')
  expect(name('2025-12-31T23:59', 'de')).toBe('Gestern')
  expect(name('2025-12-30T12:00', 'de')).toBe('Dienstag, 30. Dezember 2025')
})

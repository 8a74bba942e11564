import { expect, test } from 'vitest'
import type { Obligation } from './api'
import { texts as german } from './de-obligation'
import { texts as english } from './en-obligation'
import { daysLeft, ofOwn, ofPerson, until, why } from './obligation'

/** A time of this device's zone, as the server writes it. */
const at = (day: number, hour = 0, minute = 0) => new Date(2026, 11, day, hour, minute).toISOString()
const now = Date.parse(at(6, 9))
const asked: Obligation = {
  audience: 'groups',
  minimum: 'any',
  met: false,
  groups: ['finance'],
  since: 'joined',
  since_at: at(4),
  begins_at: at(4),
  deadline: at(12, 15),
  exception_until: null,
}

test.each([
  [at(12, 15), 6],
  [at(12, 0, 1), 6],
  [at(12), 5],
  [at(8), 1],
  [at(7), 0],
  [at(6, 9, 1), 0],
  [at(1), 0],
])('until %s there are %i days left', (deadline, days) => {
  expect(daysLeft(deadline, now)).toBe(days)
})

test('a clock change moves no day', () => {
  expect(daysLeft(new Date(2026, 2, 31, 12).toISOString(), new Date(2026, 2, 27, 12).getTime())).toBe(4)
  expect(daysLeft(new Date(2026, 9, 27, 12).toISOString(), new Date(2026, 9, 23, 12).getTime())).toBe(4)
})

test('the last day, or on that day the time', () => {
  expect(until(at(12, 15), now, 'en', english)).toMatch(/^by .*12.* \(6 days left\)$/)
  expect(until(at(12), now, 'en', english), 'midnight belongs to the day before').toMatch(/^by .*11.* \(5 days left\)$/)
  expect(until(at(8), now, 'de', german)).toBe('bis zum 7. Dezember 2026 (noch 1 Tag)')
  expect(until(at(7), now, 'de', german)).toBe('heute bis 23:59')
})

test('which policy asks, and since when', () => {
  expect(why(asked, now, 'en', english)).toBe('group finance, since joining')
  expect(why({ ...asked, groups: ['finance', 'support'] }, now, 'de', german)).toBe(
    'Gruppen finance, support, seit dem Beitritt',
  )
  expect(why({ ...asked, audience: 'staff', since: 'role' }, now, 'en', english)).toBe(
    'helpers and administrators, since the role was given',
  )
  const everybody: Obligation = { ...asked, audience: 'everybody', groups: [], since: 'start' }
  expect(why(everybody, now, 'de', german)).toBe('alle, seit 4. Dezember 2026')
  expect(why({ ...everybody, since_at: at(9) }, now, 'de', german)).toBe('alle, ab 9. Dezember 2026')
})

test('an administrator reads what is asked of a person', () => {
  const says = (obligation: Partial<Obligation>) => ofPerson({ ...asked, ...obligation }, now, 'de', german)
  expect(says({})).toBe(
    'Muss bis zum 12. Dezember 2026 (noch 6 Tage) einen zweiten Faktor einrichten: Gruppe finance, seit dem Beitritt.',
  )
  expect(says({ met: true })).toBe('Hat den verlangten zweiten Faktor: Gruppe finance, seit dem Beitritt.')
  expect(says({ deadline: at(6, 9) })).toMatch(/^Musste bis zum 6\. Dezember 2026 /)
  expect(says({ exception_until: at(20), deadline: at(20) })).toMatch(/^Braucht bis zum 19\. Dezember 2026 keinen /)
  expect(says({ exception_until: at(6, 9) }), 'an exception that is over').toMatch(/^Muss bis zum 12/)
  expect(says({ minimum: 'resistant' })).toMatch(/ einen Passkey oder Hardware-Schlüssel hinzufügen: Gruppe finance/)
  expect(says({ minimum: 'resistant', met: true })).toMatch(/^Hat den verlangten Passkey oder Hardware-Schlüssel: /)
})

test('a person reads what is asked', () => {
  const says = (obligation: Partial<Obligation>) => ofOwn({ ...asked, ...obligation }, now, 'en', english)
  expect(says({})).toMatch(
    /^Set up two-factor authentication by .*12.* \(6 days left\)\. Your organisation requires two-factor authentication\. For: group finance, since joining\.$/,
  )
  expect(says({ met: true })).toBe(
    'Your organisation requires two-factor authentication. For: group finance, since joining.',
  )
  expect(says({ deadline: at(5) })).toMatch(
    /^Two-factor authentication is required since .*5.*: group finance, since joining\./,
  )
  expect(says({ exception_until: at(20), deadline: at(20) })).toMatch(/^There is an exception for you until .*19/)
  expect(says({ minimum: 'resistant' })).toMatch(/^Add a passkey or hardware key by .*12.* \(6 days left\)\. /)
  expect(says({ minimum: 'resistant', deadline: at(5) })).toMatch(/^A passkey or hardware key is required since .*5/)
})

import { expect, test } from 'vitest'
import type { Rule } from '../lib/api-admin'
import {
  ago,
  asAddress,
  coveredBy,
  errorsOfFields,
  FIRST_RULE,
  hostOf,
  isFound,
  summarize,
  unknownGroup,
  withAdded,
  withMoved,
} from './application-state'

const rule = (change: Partial<Rule>): Rule => ({ ...FIRST_RULE, ...change })
const open = rule({ who: 'public', factor: 'none' })
const editors = rule({ who: 'groups', groups: ['readers', 'editors'] })

test('the rules are told in short', () => {
  expect(summarize([])).toEqual({ who: 'nobody', groups: [], partlyPublic: false, factor: 'none' })
  expect(summarize([open])).toEqual({ who: 'public', groups: [], partlyPublic: false, factor: 'none' })
  expect(summarize([FIRST_RULE])).toEqual({ who: 'everybody', groups: [], partlyPublic: false, factor: 'two' })
  expect(summarize([open, editors, rule({ who: 'groups', groups: ['editors', 'board'] })])).toEqual({
    who: 'groups',
    groups: ['board', 'editors', 'readers'],
    partlyPublic: true,
    factor: 'two',
  })
})

test('one rule for everybody is for everybody, and one weaker factor makes a difference', () => {
  const summary = summarize([editors, rule({ factor: 'password' })])
  expect(summary).toMatchObject({ who: 'everybody', groups: [], factor: 'differs' })
  expect(summarize([rule({ factor: 'password' }), open]).factor).toBe('password')
  expect(summarize([rule({ factor: 'resistant' }), open]).factor).toBe('resistant')
  expect(summarize([rule({ factor: 'resistant' }), FIRST_RULE]).factor).toBe('differs')
})

test('an address has its scheme, typed or not', () => {
  expect(asAddress(' wiki.example.com ')).toBe('https://wiki.example.com')
  expect(asAddress('http://localhost:8080')).toBe('http://localhost:8080')
  expect(asAddress('ftp://wiki.example.com')).toBe('ftp://wiki.example.com')
  expect(asAddress(' ')).toBe('')
  expect(hostOf('https://wiki.example.com:8443')).toBe('wiki.example.com:8443')
})

test('an application is found by its name and by each address', () => {
  const wiki = { name: 'Team Wiki', addresses: ['https://wiki.example.com', 'https://notes.example.com'] }
  for (const search of ['', '  ', 'wiki', 'TEAM', 'notes.', 'example team']) {
    expect(isFound(wiki, search), search).toBe(true)
  }
  for (const search of ['files', 'wiki files', 'teamwiki']) expect(isFound(wiki, search), search).toBe(false)
})

test('an element of a list moves, and the others keep their order', () => {
  const list = ['a', 'b', 'c', 'd']
  expect(withMoved(list, 2, 1)).toEqual(['a', 'c', 'b', 'd'])
  expect(withMoved(list, 0, 3)).toEqual(['b', 'c', 'd', 'a'])
  expect(withMoved(list, 0, 0)).toEqual(list)
  expect(list).toEqual(['a', 'b', 'c', 'd'])
})

test('errors name the fields of a dialog', () => {
  const pointers = (given: string[], index?: number) =>
    errorsOfFields(
      given.map((pointer) => ({ pointer, reason: 'x' })),
      index,
    ).map(({ pointer }) => pointer)
  expect(pointers(['#/name', '#/addresses', '#/addresses/12'])).toEqual(['#/name', '#/address-0', '#/address-12'])
  expect(pointers(['#/rules/2/path', '#/rules/2/groups/1', '#/rules/2/groups', '#/rules/2/origins/0'], 2)).toEqual([
    '#/path',
    '#/groups',
    '#/groups',
    '#/origin-0',
  ])
  // Of another rule: no field of the dialog may show it.
  expect(pointers(['#/rules/1/path', '#/rules/12/path'], 2)).toEqual(['#/rules/1/path', '#/rules/12/path'])
  expect(errorsOfFields(null)).toEqual([])
})

test('the group that is gone is found by its place', () => {
  const errors = [{ pointer: '#/rules/1/groups/3', reason: 'unknown' }]
  expect(unknownGroup(errors, 1)).toBe(3)
  expect(unknownGroup(errors, 2)).toBe(-1)
  expect(unknownGroup([{ pointer: '#/rules/1/groups', reason: 'count' }], 1)).toBe(-1)
  expect(unknownGroup(undefined, 0)).toBe(-1)
})

test('a time is told in words', () => {
  const now = new Date(2026, 4, 20, 12, 0).getTime()
  const before = (minutes: number) => ago(new Date(now - minutes * 60_000).toISOString(), now, 'en')
  expect(before(-3)).toBe('Now')
  expect(before(1)).toBe('Now')
  expect(before(5)).toBe('5 minutes ago')
  expect(before(59)).toBe('59 minutes ago')
  expect(before(60)).toBe('1 hour ago')
  expect(before(11 * 60)).toBe('11 hours ago')
  expect(before(13 * 60)).toBe('Yesterday')
  expect(before(3 * 24 * 60)).toBe('3 days ago')
  expect(before(30 * 24 * 60)).toContain('2026')
  expect(ago(new Date(now - 24 * 3_600_000).toISOString(), now, 'de')).toBe('Gestern')
})

test('a rule that an earlier one makes useless is known, and a new one is added before that', () => {
  const all = rule({})
  const reading = rule({ methods: 'reading' })
  const admin = rule({ path: '/admin' })
  const administration = rule({ path: '/administration' })
  expect([all, admin, reading].map((_, index) => coveredBy([all, admin, reading], index))).toEqual([-1, 0, 0])
  expect([reading, admin, all].map((_, index) => coveredBy([reading, admin, all], index))).toEqual([-1, -1, -1])
  expect(coveredBy([admin, administration], 1)).toBe(-1)
  expect(coveredBy([admin, rule({ path: '/admin/users', methods: 'reading' })], 1)).toBe(0)
  expect(withAdded([admin, all], reading)).toEqual([admin, reading, all])
  expect(withAdded([all], admin)).toEqual([admin, all])
  expect(withAdded([reading], admin)).toEqual([reading, admin])
  expect(withAdded([all], rule({}))).toEqual([all, rule({})])
  expect(withAdded([], all)).toEqual([all])
})

test('a host that was typed alone gets a scheme: http on this machine', () => {
  expect(asAddress('wiki.localhost:9323')).toBe('http://wiki.localhost:9323')
  expect(asAddress('localhost')).toBe('http://localhost')
  expect(asAddress('127.0.0.1:80')).toBe('http://127.0.0.1:80')
  expect(asAddress('localhost.example.com')).toBe('https://localhost.example.com')
})

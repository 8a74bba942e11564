import { expect, test } from 'vitest'
import { isOpenPage, targetOf, targets } from './target'

test.each(targets)('%s is followed', (path) => {
  expect(targetOf(path)).toBe(path)
})

test.each(['/people', '/people/7', '/groups/7', '/applications', '/applications/7', '/policy'])(
  '%s is followed',
  (path) => {
    expect(targetOf(path)).toBe(path)
  },
)

test('what comes after the path is dropped', () => {
  expect(targetOf('/two-factor?x=1#y')).toBe('/two-factor')
})

test.each([
  null,
  '',
  'two-factor',
  '//evil.example/two-factor',
  '/\\evil.example',
  '/\\/two-factor',
  'https://evil.example/two-factor',
  'javascript:alert(1)',
  '/sign-in',
  '/verify',
  '/help-code',
  '/reminder',
  '/policy/7',
  '/setup',
  '/api/session',
  '/no/such/page',
  '/two-factor/',
  '/applications/7/rules',
  '/applicationss',
  '/\ttwo-factor',
  '/\n/evil.example',
  '/two-factor\u0000',
  '/two-factor\u0085',
  '/../two-factor/..//evil.example',
])('%j leads to Home', (asked) => {
  expect(targetOf(asked)).toBe('/')
})

const state = 'tXkVd3n0pQ-_aZ4LwYc8r1SgUe7BhJ2mFo5iNqKxC9E'
const opens = (query: Record<string, string>) => targetOf(`/open?${new URLSearchParams(query)}`)
const valid = { app: 'https://files.example', to: '/report/7?x=1&y=%2F+z', state }

test('an application is opened with its query, and with nothing else', () => {
  const built =
    '/open?app=https%3A%2F%2Ffiles.example&to=%2Freport%2F7%3Fx%3D1%26y%3D%252F%2Bz&state=' +
    'tXkVd3n0pQ-_aZ4LwYc8r1SgUe7BhJ2mFo5iNqKxC9E'
  expect(opens(valid)).toBe(built)
  expect(opens({ ...valid, again: '1' })).toBe(`${built}&again=1`)
  expect(opens({ ...valid, again: '0', next: '//evil.example', constructor: 'x' })).toBe(built)
  expect(targetOf(`${built}#fragment`)).toBe(built)
  expect(targetOf(opens(valid))).toBe(built)
  expect([built, '/', '/two-factor'].map((target) => isOpenPage(targetOf(target)))).toEqual([true, false, false])
})

test.each([
  'http://localhost:8081',
  'http://[::1]:8081',
  'https://files.example:8443',
  'https://xn--bcher-kva.example',
  `https://${'a.'.repeat(120)}example:65535`,
])('%s is an application', (app) => {
  expect(opens({ ...valid, app })).not.toBe('/')
})

test.each([
  '',
  'files.example',
  '//files.example',
  'https://',
  'https:files.example',
  'https://files.example/',
  'https://files.example/path',
  'https://files.example?x',
  'https://files.example#x',
  'https://files.example\\@evil.example',
  'https://somebody@files.example',
  'https://files.example:443',
  'https://FILES.example',
  'https://bücher.example',
  ' https://files.example',
  'https://files.example\n',
  'ftp://files.example',
  'wss://files.example',
  'file://files.example',
  'javascript:alert(1)',
  'blob:https://files.example',
  'null',
  `https://${'a.'.repeat(130)}example`,
])('%j is no application', (app) => {
  expect(opens({ ...valid, app })).toBe('/')
})

test.each([
  { to: '' },
  { to: 'report' },
  { to: 'https://evil.example/' },
  { to: `/${'x'.repeat(2048)}` },
  { state: '' },
  { state: state.slice(1) },
  { state: `${state}A` },
  { state: `${state.slice(1)}+` },
  { state: `${state.slice(1)}=` },
  { state: `${state}\n` },
])('a query that is broken leads to Home: %j', (broken) => {
  expect(opens({ ...valid, ...broken })).toBe('/')
})

test('a query that is not complete leads to Home', () => {
  for (const name of ['app', 'to', 'state'] as const) {
    const { [name]: _, ...rest } = valid
    expect(opens(rest), name).toBe('/')
  }
  expect(targetOf('/open')).toBe('/')
  expect(targetOf('/open?')).toBe('/')
  expect(targetOf(`/opened?${new URLSearchParams(valid)}`)).toBe('/')
  expect(targetOf(`/open/?${new URLSearchParams(valid)}`)).toBe('/')
  expect(targetOf(`//evil.example/open?${new URLSearchParams(valid)}`)).toBe('/')
  expect(opens({ ...valid, to: `/${'x'.repeat(2047)}` })).not.toBe('/')
})

import { expect, test } from 'vitest'
import { targetOf, targets } from './target'

test.each(targets)('%s is followed', (path) => {
  expect(targetOf(path)).toBe(path)
})

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
  '/setup',
  '/api/session',
  '/no/such/page',
  '/two-factor/',
  '/\ttwo-factor',
  '/\n/evil.example',
  '/two-factor\u0000',
  '/two-factor\u0085',
  '/../two-factor/..//evil.example',
])('%j leads to Home', (asked) => {
  expect(targetOf(asked)).toBe('/')
})

import { afterEach, expect, test, vi } from 'vitest'
import { dateTime, regional } from './dates'

afterEach(() => vi.unstubAllGlobals())

test.each([
  [['de-AT', 'en'], 'de', 'de-AT'],
  [['en-US@posix'], 'en', 'en-US'],
  [['de-DE@euro', 'de-CH'], 'de', 'de-DE'],
  [['de_DE.UTF-8'], 'de', 'de-DE'],
  [['DE-de'], 'de', 'de-DE'],
  [['C', 'x', '', 'not a tag', 'en-GB'], 'en', 'en-GB'],
  [['C'], 'de', 'de'],
  [[], 'en', 'en'],
])('with the languages %j dates in %j have the form of %j', (languages, language, want) => {
  vi.stubGlobal('navigator', { languages })
  expect(regional(language)).toBe(want)
  expect(dateTime('2026-11-23T09:12:00.000Z', language)).toContain('2026')
})

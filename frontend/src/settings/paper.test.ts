import { expect, test } from 'vitest'
import { paperOf } from './paper'

test.each([
  ['en-US', 'letter'],
  ['fr-CA', 'letter'],
  ['es-MX', 'letter'],
  ['fil-PH', 'letter'],
  ['en-us', 'letter'],
  ['zh-Hant-US', 'letter'],
  ['en-US-u-hc-h23', 'letter'],
  ['en-GB', 'a4'],
  ['de-AT', 'a4'],
  ['es-419', 'a4'],
  ['en', 'a4'],
  ['de', 'a4'],
  ['', 'a4'],
])('%j prints on %s', (tag, paper) => {
  expect(paperOf(tag)).toBe(paper)
})

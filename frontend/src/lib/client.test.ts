import { expect, test } from 'vitest'
import { clientLabel } from './client'

test.each([
  ['Firefox', 'Windows', 'Firefox on Windows'],
  ['Firefox', '', 'Firefox'],
  ['', 'Windows', 'Windows'],
  ['', '', ''],
])('%s, %s', (browser, system, label) => {
  expect(clientLabel({ browser, system }, 'on')).toBe(label)
})

import { expect, test } from 'vitest'
import { dayOf, endOf, startOf } from './days'

test.each(['2026-12-01', '2026-03-29', '2026-10-25', '2028-02-29'])(
  'the day %s is that of its begin and before its end',
  (day) => {
    expect(dayOf(startOf(day))).toBe(day)
    expect(dayOf(Date.parse(endOf(day)) - 1)).toBe(day)
    expect(dayOf(endOf(day))).not.toBe(day)
    const hours = (Date.parse(endOf(day)) - Date.parse(startOf(day))) / 3_600_000
    expect(hours).toBeGreaterThanOrEqual(23)
    expect(hours).toBeLessThanOrEqual(25)
  },
)

test('the last day of a year ends with the next one', () => {
  expect(dayOf(endOf('2026-12-31'))).toBe('2027-01-01')
})

// Where the focus is: one round with the Tab key, or after something was done.
import { expect, type Page } from '@playwright/test'
import { complaintsAbout } from './inspect'

/**
 * Presses Tab through everything that can have the focus. The order is that of
 * the page, nothing is left out, and each stop is marked and in sight.
 */
export async function expectToWalk(page: Page) {
  const before = await page.evaluateHandle(() => document.activeElement)
  const stops = await page.evaluate(begin)
  const complaints: string[] = []
  for (let stop = 0; stop < stops; stop++) {
    // From the second back to the first and on: marks are shown to the keyboard only.
    await page.keyboard.press(stop === 0 && stops > 1 ? 'Shift+Tab' : 'Tab')
    complaints.push(...(await page.evaluate(arrive, stop)), ...(await complaintsAbout(page, 'focus')))
  }
  expect(complaints, `with Tab through ${page.url()}`).toEqual([])
  await before.evaluate((element) => element instanceof HTMLElement && element.focus())
  await before.dispose()
}

/** What was done has left the focus somewhere, and it can be seen there. */
export async function expectFocusKept(page: Page) {
  await expect.poll(() => complaintsAbout(page, 'focus')).toEqual([])
}

function begin() {
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1)
  const found = (dialog ?? document).querySelectorAll<HTMLElement>('a[href], button, input, select, summary')
  const stops = [...found].filter((element) => {
    if (element.tabIndex < 0 || element.matches(':disabled') || !element.checkVisibility()) return false
    // Of one group of radio buttons the chosen one is the stop.
    return !element.matches('input[type=radio]:not(:checked)')
  })
  Object.assign(window, { stops })
  stops[Math.min(1, stops.length - 1)]?.focus()
  if (stops.length === 1) stops[0]?.blur()
  return stops.length
}

function arrive(stop: number) {
  const { stops } = window as unknown as { stops: HTMLElement[] }
  if (document.activeElement === stops[stop]) return []
  const name = (element: Element | null | undefined) => element?.outerHTML.replace(/\s+/g, ' ').slice(0, 120)
  return [`stop ${stop} is ${name(document.activeElement)} instead of ${name(stops[stop])}`]
}

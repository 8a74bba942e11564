// The Tab key: reaching a control with it, going through a whole page, and
// where the focus is.
import { expect, type Page } from '@playwright/test'
import { complaintsAbout } from './page-checks'

type Role = 'textbox' | 'searchbox' | 'button' | 'radio' | 'checkbox' | 'link' | 'combobox'

/** Presses Tab until the control has the focus; it must come within one round and be marked and in sight. */
export async function tabTo(page: Page, role: Role, name: string | RegExp) {
  // Behind an open dialog nothing can be reached.
  const front = page.locator('dialog[open], body:not(:has(dialog[open]))').last()
  const wanted = front.getByRole(role, { name, exact: false }).first()
  await expect(wanted).toBeVisible()
  // A date has a stop for each of its parts.
  const stops = (await front.locator('a[href], button, input, select, summary').count()) + 10
  for (let presses = 0; presses < stops; presses++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return expectVisibleFocus(page)
    await page.keyboard.press('Tab')
  }
  throw new Error(`${name} cannot be reached with Tab`)
}

/** Goes to a control with Tab and presses it. */
export async function press(page: Page, role: Role, name: string | RegExp) {
  await tabTo(page, role, name)
  await page.keyboard.press(role === 'checkbox' ? 'Space' : 'Enter')
}

/** Goes to a field with Tab and replaces its text. */
export async function type(page: Page, name: string | RegExp, text: string, role: Role = 'textbox') {
  await tabTo(page, role, name)
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type(text)
}

/**
 * Presses Tab through everything that can have the focus. The order is that of
 * the page, nothing is left out, and each stop is marked and in sight.
 */
export async function expectTabOrder(page: Page) {
  const before = await page.evaluateHandle(() => document.activeElement)
  const stops = await page.evaluate(begin)
  const complaints: string[] = []
  for (let stop = 0; stop < stops; stop++) {
    // From the second back to the first and on: marks are shown to the keyboard only.
    await page.keyboard.press(stop === 0 && stops > 1 ? 'Shift+Tab' : 'Tab')
    for (let part = 1; part < 4 && (await page.evaluate(isInDate, stop - 1)); part++) await page.keyboard.press('Tab')
    complaints.push(...(await page.evaluate(arrive, stop)), ...(await complaintsAbout(page, 'focus')))
  }
  expect(complaints, `with Tab through ${page.url()}`).toEqual([])
  await before.evaluate((element) => element instanceof HTMLElement && element.focus())
  await before.dispose()
}

/** Something has the focus, shows it and is in sight. */
export async function expectVisibleFocus(page: Page) {
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
  if (stops.length === 1) {
    stops[0]?.blur()
    // After blur alone, Tab would begin behind the only stop. So it begins at the heading.
    dialog?.querySelector<HTMLElement>('h2')?.focus()
  }
  return stops.length
}

/** A date field has a stop for each of its parts. */
function isInDate(stop: number) {
  const field = (window as unknown as { stops: HTMLElement[] }).stops[stop]
  return field instanceof HTMLInputElement && field.type === 'date' && document.activeElement === field
}

function arrive(stop: number) {
  const { stops } = window as unknown as { stops: HTMLElement[] }
  if (document.activeElement === stops[stop]) return []
  const name = (element: Element | null | undefined) => element?.outerHTML.replace(/\s+/g, ' ').slice(0, 120)
  return [`stop ${stop} is ${name(document.activeElement)} instead of ${name(stops[stop])}`]
}

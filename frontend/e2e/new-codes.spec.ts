// A new set of backup codes: the dialog that shows them once, the sheet, and
// codes that the person has not confirmed as saved.

import type { Page } from '@playwright/test'
import { checkScreen } from './kit/screen'
import {
  addCodes,
  addKey,
  expectHome,
  generateCodes,
  replaceCodes,
  saveCodes,
  signIn,
  signInWithCodes,
  signInWithKey,
} from './kit/steps'
import { expect, newPerson, test } from './kit/test'

const newCodes = (page: Page) => page.getByRole('dialog', { name: 'Your new backup codes' })
const row = (page: Page) => page.getByRole('region', { name: 'Backup codes' })

test('the dialog of the codes stays until they are said to be saved', async ({ page, newPerson }) => {
  await signInWithKey(page, newPerson)
  await generateCodes(page)
  const dialog = newCodes(page)
  await expect(dialog).toHaveAttribute('closedby', 'none')
  await expect(dialog.getByRole('button', { name: 'Close' })).toHaveCount(0)
  for (let presses = 0; presses < 4; presses++) await page.keyboard.press('Escape')
  await page.mouse.click(5, 5)
  await expect(dialog).toBeVisible()

  // A browser that does not know closedby takes a second Escape without asking.
  await dialog.evaluate((element: HTMLDialogElement) => element.close())
  await expect(dialog).toBeVisible()
  expect(await dialog.evaluate((element) => element.matches(':modal'))).toBe(true)

  await dialog.getByRole('button', { name: 'Done' }).click()
  const tick = dialog.getByLabel('I have saved these codes')
  await expect(tick).toHaveAccessibleDescription(/Tick this once you have saved the codes/)
  await expect(tick).toBeFocused()
  await tick.check()
  await expect(tick).not.toHaveAttribute('aria-invalid')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(dialog).toBeHidden()
})

test('every page reminds of codes that are not confirmed, until new ones are', async ({ page, newPerson }) => {
  await signInWithKey(page, newPerson)
  await generateCodes(page)
  page.once('dialog', (dialog) => dialog.accept())
  await page.goto('/')
  await expectHome(page)
  const reminder = page.getByText('You have not confirmed saving set 1. Generate new codes.')
  await expect(reminder).toBeVisible()
  await page.getByRole('link', { name: 'Password' }).click()
  await expect(reminder).toBeVisible()

  await page.getByRole('link', { name: 'Generate new codes.' }).click()
  const question = page.getByRole('dialog', { name: 'Generate new backup codes?' })
  await question.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(newCodes(page)).toContainText('any earlier codes have stopped working')
  await saveCodes(page)
  await expect(page.getByText('You have not confirmed saving')).toHaveCount(0)
  await expect(row(page)).toContainText('Set 2')
})

test('leaving asks first, and a page that is left keeps nothing', async ({ page, newPerson }) => {
  await signInWithKey(page, newPerson)
  const codes = await generateCodes(page)
  const shown = () => page.evaluate(() => document.documentElement.outerHTML)
  expect(await shown()).toContain(codes[0])

  const asked: string[] = []
  page.once('dialog', (dialog) => {
    asked.push(dialog.type())
    return dialog.dismiss()
  })
  await page.evaluate(() => history.back())
  await expect.poll(() => asked).toEqual(['beforeunload'])
  await expect(newCodes(page)).toBeVisible()

  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  await expect(newCodes(page)).toHaveCount(0)
  const left = await shown()
  for (const code of codes) expect(left).not.toContain(code)

  const again = page.waitForEvent('load')
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
  await again
  await expect(row(page)).toContainText('Not confirmed as saved')
})

test('the back/forward cache holds no codes', async ({ pageWithBackCache: page, newPerson }) => {
  const restored: string[] = []
  page.on('console', (message) => message.text().startsWith('restored') && restored.push(message.text()))
  await page.addInitScript(() => {
    window.addEventListener('pageshow', ({ persisted }) => {
      if (persisted) console.log(`restored with ${document.querySelectorAll('code').length} codes`)
    })
  })
  await signInWithKey(page, newPerson)
  await generateCodes(page)
  page.once('dialog', (dialog) => dialog.accept())
  await page.goto('/livez')
  await page.goBack()
  await expect.poll(() => restored).toEqual(['restored with 0 codes'])
  await expect(row(page)).toContainText('Not confirmed as saved')
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('codes replaced in another tab are called dead, on coming back and on Done', async ({
  page,
  newPerson,
  browserLog,
}) => {
  await signInWithKey(page, newPerson)
  const codes = await generateCodes(page)
  const other = await page.context().newPage()
  await other.goto('/two-factor')
  await replaceCodes(other)

  const dead = page.getByRole('dialog', { name: 'These codes no longer work.' })
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expect(dead).toContainText('Destroy what you have saved or printed of set 1.')
  expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(codes[0])
  await checkScreen(page)
  await dead.getByRole('button', { name: 'Close' }).last().click()
  await expect(row(page)).toContainText('Set 2')

  // Only Done may find it out here, not the focus that a click gives the tab.
  await other.route('**/api/two-factor', (route) => route.abort())
  await replaceCodes(page)
  browserLog.expectStatus(409)
  browserLog.allow(/ERR_FAILED/)
  await other.getByLabel('I have saved these codes').check()
  await other.getByRole('button', { name: 'Done' }).click()
  await expect(other.getByRole('alert')).toContainText('out of date')
  await other.route('**/backup-codes/confirm', async (route) => {
    await other.unroute('**/api/two-factor')
    await route.continue()
  })
  await other.getByRole('button', { name: 'Done' }).click()
  await expect(other.getByRole('dialog', { name: 'These codes no longer work.' })).toBeVisible()
  expect(browserLog.complaints()).toEqual([])
})

test('a connection that breaks while codes are made says whether there are new ones', async ({
  page,
  newPerson,
  browserLog,
}) => {
  await signInWithKey(page, newPerson)
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/two-factor/backup-codes', (route) => route.abort())
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(row(page).getByRole('alert')).toContainText('nothing was changed')

  await page.unroute('**/api/two-factor/backup-codes')
  await page.route('**/api/two-factor/backup-codes', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(row(page).getByRole('alert')).toContainText('New backup codes were made, but they could not be shown.')
  await expect(row(page)).toContainText('Set 1')
})

test('accessibility of the first codes', async ({ page, newPerson }) => {
  await signInWithKey(page, newPerson)
  await checkScreen(page)
  await generateCodes(page)
  await checkScreen(page)
  await newCodes(page).getByRole('button', { name: 'Done' }).click()
  await expect(page.getByLabel('I have saved these codes')).toHaveAttribute('aria-invalid', 'true')
  await checkScreen(page)
})

test('accessibility of codes that are replaced, and not confirmed', async ({ page, newPerson }) => {
  await signInWithCodes(page, newPerson)
  await checkScreen(page)
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(page.getByRole('dialog', { name: 'Generate new backup codes?' })).toBeVisible()
  await checkScreen(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(newCodes(page)).toBeVisible()
  page.once('dialog', (dialog) => dialog.accept())
  await page.goto('/')
  await expectHome(page)
  await checkScreen(page)
})

test.describe('more than five minutes after the sign-in', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('generating asks for both factors first and goes on by itself; a backup code will do', async ({
    page,
    movable,
    browserLog,
  }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    await addKey(page, movable.now)
    const codes = await addCodes(page)
    await movable.advance(6)

    browserLog.expectStatus(403)
    await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
    const question = page.getByRole('dialog', { name: 'Generate new backup codes?' })
    await question.getByRole('button', { name: 'Generate Backup Codes' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
    await proof.getByLabel('Password', { exact: true }).fill(person.password)
    await proof.getByRole('button', { name: 'Type a backup code' }).click()
    await checkScreen(page)
    await proof.getByLabel('Verification code').fill(codes[0])
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await expect(newCodes(page)).toBeVisible()
    await saveCodes(page)
    await expect(row(page)).toContainText('Set 2')
  })
})

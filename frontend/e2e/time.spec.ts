// What needs time to pass, against a server whose clock can be moved. The
// browser's own clock is moved along with it.

import type { Page } from '@playwright/test'
import { announced, listenToAnnouncements } from './kit/announcements'
import { Authenticator, readQR } from './kit/authenticator'
import { expectVisibleFocus, press } from './kit/keyboard'
import type { Product } from './kit/product'
import { checkScreen } from './kit/screen'
import {
  addKey,
  confirmKey,
  expectHome,
  expectPage,
  giveCode,
  giveFiveWrongCodes,
  givePassword,
  scan,
  signIn,
  signInAsFarAsVerification,
  signOut,
} from './kit/steps'
import { expect, newPerson, test } from './kit/test'

test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

async function pass(page: Page, product: Product, minutes: number) {
  await product.advance(minutes)
  await page.clock.fastForward(minutes * 60_000)
}

test('set-up asks for the password again when it is older than five minutes, and goes on by itself', async ({
  page,
  movable,
  browserLog,
}) => {
  const person = await newPerson(movable)
  await signIn(page, person)
  await page.goto('/two-factor')
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await movable.advance(6)

  browserLog.expectStatus(403)
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  const dialog = page.getByRole('dialog', { name: 'Confirm it is you' })
  await expect(dialog).toContainText('For this, enter your password again.')
  await checkScreen(page)

  await dialog.getByLabel('Password', { exact: true }).fill(person.password)
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await expect(dialog).toBeHidden()
  const authenticator = Authenticator.fromURI(await readQR(page), movable.now)
  await confirmKey(page, authenticator)
})

test('five wrong passwords in a step-up end the session', async ({ page, movable, browserLog }) => {
  await signIn(page, await newPerson(movable))
  await page.goto('/two-factor')
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await movable.advance(6)
  browserLog.expectStatus(403, 401)
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  const dialog = page.getByRole('dialog', { name: 'Confirm it is you' })
  const field = dialog.getByLabel('Password', { exact: true })
  for (let left = 4; left >= 1; left--) {
    await field.fill(`wrong password ${left}`)
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await expect(field).toHaveAccessibleDescription(
      new RegExp(`You have ${left} tr(y|ies) left before you are signed out`),
    )
  }
  await field.fill('wrong password 0')
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await expectPage(page, 'Sign in')
})

test('a change of password carries the present password, and asks for the code when that is old', async ({
  page,
  movable,
  browserLog,
}) => {
  const person = await newPerson(movable)
  await signIn(page, person)
  const authenticator = await addKey(page, movable.now)
  await page.goto('/password')
  await movable.advance(6)
  browserLog.expectStatus(403)
  await page.getByLabel('Present password').fill(person.password)
  await page.getByLabel('New password').fill('a completely new password')
  await page.getByRole('button', { name: 'Change password' }).click()
  const dialog = page.getByRole('dialog', { name: 'Confirm it is you' })
  await expect(dialog).toContainText('For this, enter a new code from your authenticator app or a backup code.')
  await expect(dialog.getByLabel('Password', { exact: true })).toHaveCount(0)
  await dialog.getByLabel(/code/i).fill(await authenticator.next())
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByText('Your password is changed.')).toBeVisible()
})

test('a wait after wrong codes ends, and the next code is taken', async ({ page, movable, browserLog }) => {
  const person = await newPerson(movable)
  await signIn(page, person)
  const authenticator = await addKey(page, movable.now)
  await signOut(page)
  await page.clock.install()
  await signInAsFarAsVerification(page, person)
  browserLog.expectStatus(401, 429)
  await giveFiveWrongCodes(page, authenticator)
  await giveCode(page, await authenticator.next())
  const field = page.getByLabel('Verification code')
  await expect(field).toHaveAccessibleDescription(/too many wrong codes/)
  await expect(page.getByRole('timer')).toHaveText(/0:[0-3]\d/)

  await pass(page, movable, 1)
  await expect(page.getByText('You can try again now.')).toBeVisible()
  await expect(field).not.toHaveAttribute('aria-invalid', 'true')
  await giveCode(page, await authenticator.next())
  await expectHome(page)
})

test('a pending sign-in warns before it ends, can be extended, and ends', async ({ page, movable, browserLog }) => {
  const person = await newPerson(movable)
  await signIn(page, person)
  const authenticator = await addKey(page, movable.now)
  await signOut(page)
  await page.clock.install()
  await signInAsFarAsVerification(page, person)

  await pass(page, movable, 8.5)
  await expect(page.getByText('This sign-in ends in').first()).toBeVisible()
  await checkScreen(page)
  await page.getByRole('button', { name: 'I need more time' }).click()
  await expect(page.getByText('This sign-in ends in')).toHaveCount(0)

  await movable.advance(10.5)
  browserLog.expectStatus(401)
  await giveCode(page, await authenticator.next())
  await expect(page.getByText(/sign-in has ended\. Start again with your password\./)).toBeVisible()
  await givePassword(page, person)
  await giveCode(page, await authenticator.next())
  await expectHome(page)
})

test('a key that was not confirmed in ten minutes is replaced by a new one', async ({ page, movable, browserLog }) => {
  await signIn(page, await newPerson(movable))
  await page.goto('/two-factor')
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  const first = Authenticator.fromURI(await readQR(page), movable.now)
  await movable.advance(11)
  browserLog.expectStatus(409, 403)
  await page.getByLabel('Code', { exact: true }).fill(await first.next())
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect(page.getByRole('heading', { name: 'This key has ended' })).toBeFocused()
  await checkScreen(page)
  await expect(page.getByText('Delete the entry you scanned from your app')).toBeVisible()
  await page.getByRole('button', { name: 'Show a new key' }).click()
  await expect(page.getByRole('dialog', { name: 'Confirm it is you' })).toBeVisible()
})

test('a reload more than five minutes into a set-up asks for the password, then shows a new key', async ({
  page,
  movable,
  browserLog,
}) => {
  const person = await newPerson(movable)
  await signIn(page, person)
  const scanned = await scan(page, movable.now)
  await movable.advance(6)
  browserLog.expectStatus(403)
  await page.reload()
  const dialog = page.getByRole('dialog', { name: 'Confirm it is you' })
  await expect(dialog).toContainText('For this, enter your password again.')
  await expect(page.getByRole('img', { name: /QR/ })).toHaveCount(0)
  await dialog.getByLabel('Password', { exact: true }).fill(person.password)
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await expect(
    page.getByText('This is a new key. If you scanned the earlier one, delete that entry from your app.'),
  ).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await page.setViewportSize({ width: 1280, height: 720 })
  await page.evaluate(() => scrollTo(0, 0))
  await expect(page.getByRole('button', { name: 'Verify and Save' })).toBeInViewport({ ratio: 1 })
  const shown = Authenticator.fromURI(await readQR(page), movable.now)
  expect(shown.secret).not.toBe(scanned.secret)
  await checkScreen(page)
  await confirmKey(page, shown)
})

test('a session without activity warns, can be kept, and ends after an hour', async ({ page, movable, browserLog }) => {
  const person = await newPerson(movable)
  await page.clock.install()
  await signIn(page, person)
  await pass(page, movable, 58.5)
  await expect(page.getByText('You will be signed out in').first()).toBeVisible()
  await page.getByRole('button', { name: 'Stay signed in' }).click()
  await expect(page.getByText('You will be signed out in')).toHaveCount(0)

  browserLog.expectStatus(401)
  await movable.advance(61)
  await page.getByRole('link', { name: 'Two-Factor Authentication' }).first().click()
  await expectPage(page, 'Sign in')
  await givePassword(page, person)
  await expectPage(page, 'Two-Factor Authentication')
})

test.describe('every limit warns two minutes before, and can be moved ten times with one key', () => {
  /** Lets time pass until the warning, which is said once; then asks for more. */
  async function askForMore(page: Page, movable: Product, minutes: number, label: string, button: string) {
    const warning = `${label} 2 minutes`
    const before = (await announced(page)).length
    await pass(page, movable, minutes - 3)
    // By the time the server has answered, a warning that comes too early is shown.
    await page.evaluate(() => fetch('/livez'))
    await expect(page.getByRole('button', { name: button }), 'not before it is due').toHaveCount(0)
    await pass(page, movable, 1.5)
    // An open dialog shows its own, as the page behind it is out of reach.
    const timers = page.getByRole('timer', { name: label })
    const timer = timers.last()
    await expect(timer).toHaveText(/^1:\d\d$/)
    const shown = (await timer.textContent()) ?? ''
    await page.clock.runFor(3_000)
    await expect(timer).not.toHaveText(shown)
    expect((await announced(page)).slice(before), 'the seconds are not counted aloud').toEqual([warning])
    await press(page, 'button', button)
    await expect(timers).toHaveCount(0)
    await expect.poll(async () => (await announced(page)).slice(before)).toEqual([warning, 'You have more time now.'])
    await expectVisibleFocus(page)
  }

  test('a pending sign-in', async ({ page, movable, browserLog }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    const authenticator = await addKey(page, movable.now)
    await signOut(page)
    await listenToAnnouncements(page)
    await page.clock.install()
    await signInAsFarAsVerification(page, person)
    await page.getByLabel('Verification code').focus()
    for (let time = 1; time <= 10; time++) {
      await askForMore(page, movable, 10, 'This sign-in ends in', 'I need more time')
      await expect(page.getByLabel('Verification code'), 'the focus returns').toBeFocused()
    }
    await pass(page, movable, 8.5)
    browserLog.expectStatus(409)
    await press(page, 'button', 'I need more time')
    await expect(page.getByRole('alert')).toContainText('This cannot be made longer any more.')
    await giveCode(page, await authenticator.next())
    await expectHome(page)
  })

  test('a pending key', async ({ page, movable }) => {
    await listenToAnnouncements(page)
    await signIn(page, await newPerson(movable))
    await page.clock.install()
    await page.goto('/two-factor')
    await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
    const authenticator = Authenticator.fromURI(await readQR(page), movable.now)
    for (let time = 1; time <= 10; time++) {
      await askForMore(page, movable, 10, 'This key ends in', 'Keep this key longer')
    }
    await confirmKey(page, authenticator)
  })

  test('a session without activity, in an open dialog as well', async ({ page, movable }) => {
    await listenToAnnouncements(page)
    await signIn(page, await newPerson(movable))
    await addKey(page, movable.now)
    await page.clock.install()
    await page.goto('/two-factor')
    await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
    await page.getByLabel('Phone name').focus()
    for (let time = 1; time <= 10; time++) {
      if (time === 10) {
        await page.getByRole('button', { name: 'Disable', exact: true }).click()
        await expect(page.getByRole('dialog')).toBeVisible()
      }
      await askForMore(page, movable, 60, 'You will be signed out in', 'Stay signed in')
      if (time < 10) await expect(page.getByLabel('Phone name'), 'the focus returns').toBeFocused()
    }
    await expect(page.getByRole('dialog').getByLabel(/temporarily/), 'the focus stays in the dialog').toBeFocused()
  })
})

test('an answer from before a step-up that arrives after it signs nobody out', async ({
  page,
  browser,
  movable,
  browserLog,
}) => {
  const person = await newPerson(movable)
  await signIn(page, person)
  await movable.advance(6)
  await page.goto('/two-factor')
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  const dialog = page.getByRole('dialog', { name: 'Confirm it is you' })
  await dialog.getByLabel('Password', { exact: true }).fill(person.password)
  // The answer to a question of before the step-up, which comes after it.
  const nobody = await browser.newContext()
  const late = await (await nobody.request.get(`${movable.url}/api/session`)).text()
  await nobody.close()
  let overtaken = 0
  await page.route('**/api/session', async (route) => {
    if (route.request().method() === 'GET' && overtaken++ === 0)
      await route.fulfill({ body: late, contentType: 'application/json' })
    else await route.fallback()
  })
  browserLog.expectStatus(403)
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expect.poll(() => overtaken).toBeGreaterThan(1)
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByRole('img', { name: /QR/ })).toBeVisible()
})

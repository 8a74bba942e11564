import type { Page } from '@playwright/test'
import { Api } from './kit/api'
import { Authenticator, readQR } from './kit/authenticator'
import type { Product } from './kit/product'
import { checkScreen } from './kit/screen'
import {
  addKey,
  expectHome,
  expectPage,
  giveCode,
  givePassword,
  settings,
  settingsPages,
  signIn,
  signInAsFarAsVerification,
  signOut,
} from './kit/steps'
import { expect, newPerson, test } from './kit/test'

const temporarily = 'Disable two-factor verification temporarily'
const completely = 'Remove the security key completely'

async function openDialog(page: Page) {
  await page.goto('/two-factor')
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Disable two-factor authentication?' })
  await expect(dialog).toBeVisible()
  return dialog
}

/** Pauses from the page of the signed-in account. */
async function pause(page: Page, length = '1 hour') {
  const dialog = await openDialog(page)
  await dialog.getByLabel(length, { exact: true }).check()
  await dialog.getByRole('button', { name: /^Disable / }).click()
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
}

const banner = (page: Page) => page.getByRole('region', { name: 'Two-factor authentication is disabled.' })

async function enable(page: Page, code: string) {
  await banner(page).getByRole('button', { name: 'Enable' }).click()
  const dialog = page.getByRole('dialog', { name: 'Enable two-factor authentication' })
  await dialog.getByLabel('Verification code').fill(code)
  await dialog.getByRole('button', { name: 'Enable' }).click()
}

test('a pause: a banner on every page, a sign-in without a code, and Enable ends it', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  await pause(page)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()

  await signOut(page)
  await signIn(page, person)
  await expect(banner(page)).toContainText(/On again on .+: check that you still have a code\./)
  for (const name of settingsPages) {
    await page.getByRole('navigation').getByRole('link', { name }).click()
    await expectPage(page, name)
    await expect(page).toHaveURL(settings[name])
    await expect(banner(page)).toBeVisible()
  }

  await enable(page, await authenticator.next())
  await expect(banner(page)).toHaveCount(0)
  await expect(page.getByText('Two-factor authentication is enabled again.')).toBeVisible()
  await expect(page.getByRole('heading', { level: 1, name: 'Profile' })).toBeFocused()

  await signOut(page)
  await signInAsFarAsVerification(page, person)
  await giveCode(page, await authenticator.next())
  await expectHome(page)
})

test('the page that is open follows the banner', async ({ page, newPerson, browserLog }) => {
  await signIn(page, await newPerson())
  const authenticator = await addKey(page)
  await pause(page)
  browserLog.expectStatus(401)
  await enable(page, authenticator.wrong())
  const field = page.getByRole('dialog').getByLabel('Verification code')
  await expect(field).toHaveAccessibleDescription(/That code is not right\. You have \d tries left/)
  await expect(field).toBeFocused()
  await field.fill('12345')
  await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click()
  await expect(field).toHaveAccessibleDescription(/did not count as a try/)
  await field.fill(await authenticator.next())
  await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Disable', exact: true })).toBeVisible()
})

test('the end of a pause can be changed, and the banner leads to a move', async ({ page, newPerson, baseURL }) => {
  await signIn(page, await newPerson())
  await addKey(page)
  const now = async () => (await page.context().request.get(`${baseURL}/api/two-factor`)).json()
  const hours = async () => (Date.parse((await now()).paused_until) - Date.now()) / 3_600_000

  await pause(page, '1 week')
  expect(await hours()).toBeCloseTo(7 * 24, 1)
  await page.getByRole('button', { name: 'Change' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('1 day', { exact: true }).check()
  await dialog.getByRole('button', { name: 'Disable for 1 day' }).click()
  await expect(dialog).toBeHidden()
  expect(await hours()).toBeCloseTo(24, 1)

  await page.getByRole('button', { name: 'Change' }).click()
  await dialog.getByLabel('Until I enable it again').check()
  await dialog.getByRole('button', { name: 'Disable until I enable it again' }).click()
  await expect(banner(page)).toContainText('It stays disabled until you enable it.')
  expect(await now()).toMatchObject({ paused: true, paused_until: null })

  await page.goto('/sessions')
  await banner(page).getByRole('button', { name: 'Move to Different Phone' }).click()
  await expect(page).toHaveURL('/two-factor')
  await page.getByRole('button', { name: 'Start the move' }).click()
  const fresh = Authenticator.fromURI(await readQR(page))
  await page.getByLabel('Code', { exact: true }).fill(await fresh.next())
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText('Enabled', { exact: true }), 'a move ends the pause').toBeVisible()
  await expect(banner(page)).toHaveCount(0)
})

test('removing the key ends other sessions, and set-up starts anew', async ({ page, newPerson, product }) => {
  const person = await newPerson()
  const elsewhere = await Api.at(product.url)
  await elsewhere.signIn(person)
  await signIn(page, person)
  const first = await addKey(page)
  const dialog = await openDialog(page)
  await dialog.getByText(completely).click()
  await dialog.getByRole('button', { name: 'Remove the security key' }).click()
  await expect(
    page.getByText('Every second factor is removed. Delete the entry from your authenticator app.'),
  ).toBeVisible()
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await expect(elsewhere.send('GET', '/api/sessions')).rejects.toThrow(/401/)

  await signOut(page)
  await signIn(page, person)
  const second = await addKey(page)
  expect(second.secret).not.toBe(first.secret)
})

test('the button repeats the choice', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await addKey(page)
  const dialog = await openDialog(page)
  await expect(dialog.getByLabel(temporarily)).toBeChecked()
  for (const [length, label] of [
    ['1 hour', 'Disable for 1 hour'],
    ['1 day', 'Disable for 1 day'],
    ['1 week', 'Disable for 1 week'],
    ['Until I enable it again', 'Disable until I enable it again'],
  ] as const) {
    await dialog.getByLabel(length, { exact: true }).check()
    await expect(dialog.getByRole('button', { name: label })).toBeVisible()
  }
  await dialog.getByLabel(completely).check()
  await expect(dialog.getByLabel('1 hour', { exact: true })).toHaveCount(0)
  await expect(dialog.getByRole('button', { name: 'Remove the security key' })).toBeVisible()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Disable', exact: true })).toBeFocused()
})

test('where two-factor authentication is required, it cannot be disabled', async ({ page, startProduct }) => {
  const product = await startProduct({ flags: ['--require-two-factor'] })
  const person = await newPerson(product)
  await page.goto(`${product.url}/sign-in`)
  await givePassword(page, person)
  await expect(page.getByRole('button', { name: 'Set Up Authenticator' })).toBeVisible()
  await addKey(page, Date.now, product.url)
  await expect(page.getByText('Your organisation asks for it, so it cannot be disabled.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Disable' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Move to Different Phone' })).toBeVisible()
  await checkScreen(page)
})

test('accessibility of the dialogs and pages of a pause', async ({ page, newPerson }) => {
  test.setTimeout(480_000)
  await signIn(page, await newPerson())
  await addKey(page)
  const dialog = await openDialog(page)
  await checkScreen(page)
  await dialog.getByLabel(completely).check()
  await checkScreen(page)
  await page.keyboard.press('Escape')
  await pause(page)
  await checkScreen(page)
  await page.getByRole('button', { name: 'Change' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await checkScreen(page)
  await page.keyboard.press('Escape')
  await banner(page).getByRole('button', { name: 'Enable' }).click()
  await expect(page.getByRole('dialog', { name: 'Enable two-factor authentication' })).toBeVisible()
  await checkScreen(page)
  await page.keyboard.press('Escape')
  await page.goto('/')
  await expectHome(page)
  await expect(banner(page)).toBeVisible()
  await checkScreen(page)
})

test.describe('the end of a pause in an open session', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  /** Signs in without a code, during a pause of an hour, and waits for most of it. */
  async function signInDuringPause(page: Page, movable: Product) {
    const person = await newPerson(movable)
    await signIn(page, person)
    const authenticator = await addKey(page, movable.now)
    await pause(page)
    await movable.advance(30)
    await signOut(page)
    await signIn(page, person)
    await expect(banner(page)).toBeVisible()
    return authenticator
  }

  test('the next request leads to Verification, then back to the page', async ({ page, movable, browserLog }) => {
    const authenticator = await signInDuringPause(page, movable)
    await movable.advance(31)
    browserLog.expectStatus(403)
    await page.getByRole('navigation').getByRole('link', { name: 'Activity' }).click()
    await expectPage(page, 'Verification')
    await page.reload()
    await expectPage(page, 'Verification')
    await giveCode(page, await authenticator.next())
    await expectPage(page, 'Activity')
    await expect(page.getByText('Second factor accepted')).toBeVisible()
    await expect(banner(page)).toHaveCount(0)
  })

  test('a person who does nothing is told when the time is up', async ({ page, movable }) => {
    await page.clock.install()
    const authenticator = await signInDuringPause(page, movable)
    await page.getByRole('navigation').getByRole('link', { name: 'Profile' }).click()
    await expect(banner(page)).toBeVisible()
    // The page has read all that it shows.
    await expect(page.getByRole('definition').first()).toBeVisible()
    await movable.advance(31)
    await page.clock.fastForward(31 * 60_000)
    await expectPage(page, 'Verification')
    await giveCode(page, await authenticator.next())
    await expectPage(page, 'Profile')
  })

  test('a pause wants password and code again after five minutes', async ({ page, movable, browserLog }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    const authenticator = await addKey(page, movable.now)
    await movable.advance(6)
    browserLog.expectStatus(403)
    const dialog = await openDialog(page)
    await dialog.getByRole('button', { name: 'Disable for 1 hour' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
    await proof.getByLabel('Password', { exact: true }).fill(person.password)
    await proof.getByLabel('Verification code').fill(await authenticator.next())
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  })
})

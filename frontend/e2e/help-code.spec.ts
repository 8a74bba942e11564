// A help code: who gives it, what it opens, and how the person stops it.
import type { Page } from '@playwright/test'
import { Administrator } from './kit/administrator'
import { Authenticator, readQR } from './kit/authenticator'
import { press, tabTo, type } from './kit/keyboard'
import { confirmBoth, giveBoth, giveHelpCode, newPersonWithKey, openPerson, shownHelpCode } from './kit/people'
import type { Product } from './kit/product'
import { checkScreen, expectGerman } from './kit/screen'
import {
  confirmKey,
  dismissNotices,
  expectHome,
  expectPage,
  giveCode,
  givePassword,
  saveCodes,
  signInAsFarAsVerification,
  signOut,
} from './kit/steps'
import { expect, newPerson, type Person, test } from './kit/test'

test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

const administratorOf = async (product: Product) =>
  Administrator.of(product, await newPerson(product, undefined, ['--admin']))

/** Signs in as far as the page for a help code. */
async function openHelpCode(page: Page, person: Person) {
  await signInAsFarAsVerification(page, person)
  await page.getByRole('link', { name: 'Lost phone and codes?' }).click()
  await expectPage(page, 'Lost phone and codes')
}

async function enterHelpCode(page: Page, code: string) {
  await page.getByLabel('Help code').fill(code)
  await page.getByRole('button', { name: 'Continue' }).click()
}

test('a helper gives a code; the person sets up a new phone with it, and the old one stops', async ({
  page,
  movable,
  openBrowser,
  browserLog,
}) => {
  const administrator = await administratorOf(movable)
  const helper = await newPersonWithKey(movable)
  await administrator.setRole(helper.person.username, 'helper')
  const { person, authenticator: old } = await newPersonWithKey(movable)

  await page.goto('/sign-in')
  await giveBoth(page, helper.person, () => helper.authenticator.next())
  await dismissNotices(page)
  await openPerson(page, person.username)
  await movable.advance(6)
  await page.getByRole('button', { name: 'Give help code' }).click()
  const dialog = page.getByRole('dialog', { name: 'Help code' })
  await expect(dialog).toContainText('Call back on a number that you know')
  await dialog.getByRole('button', { name: 'Give help code' }).click()
  await expect(dialog.getByLabel(/^Reason/)).toHaveAccessibleDescription(/say why/)
  await dialog.getByLabel(/^Reason/).fill('Phone in the river. Called back at extension 7.')
  await expect(dialog.getByLabel('How long the code works')).toHaveValue('15')
  browserLog.expectStatus(403)
  await dialog.getByRole('button', { name: 'Give help code' }).click()
  await confirmBoth(page, helper.person, await helper.authenticator.next())
  const code = await shownHelpCode(page)
  expect(code).toMatch(/^HELP(-[0-9A-HJKMNP-TV-Z]{4}){4}$/)
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText(`${helper.person.username} gave a help code. It works until`)).toBeVisible()
  await page.reload()
  await expect(page.getByText(/gave a help code/)).toBeVisible()
  await expect(page.getByText('HELP-'), 'the code is shown once').toHaveCount(0)

  const their = await openBrowser()
  await their.goto('/profile')
  await givePassword(their, person)
  await expectPage(their, 'Verification')
  await giveCode(their, code)
  await expect(their.getByLabel('Verification code')).toHaveAccessibleDescription(/That is a help code/)
  await their.getByRole('link', { name: 'Lost phone and codes?' }).click()
  await expectPage(their, 'Lost phone and codes')
  await enterHelpCode(their, code.toLowerCase().replaceAll('-', ' '))
  await expectPage(their, 'Two-Factor Authentication')
  await expect(their.getByText('Your former phone and backup codes go on working until')).toBeVisible()
  await expect(their.getByRole('navigation', { name: 'Settings' }).getByRole('link')).toHaveText([
    'Two-Factor Authentication',
  ])
  await their.goto('/profile')
  await expectPage(their, 'Two-Factor Authentication')
  await expect(their.getByRole('region', { name: 'Help code' }), 'nothing to refuse here').toHaveCount(0)
  await page.reload()
  await expect(page.getByText(/was used. Until .* the person can set up a new second factor/)).toBeVisible()

  await their.getByRole('button', { name: 'Set Up Authenticator' }).click()
  const fresh = Authenticator.fromURI(await readQR(their), movable.now)
  await expect(their.getByText('Until then your former phone and codes work')).toBeVisible()
  await confirmKey(their, fresh)
  await expect(their.getByRole('dialog', { name: 'Your new backup codes' }).getByRole('listitem')).toHaveCount(10)
  await saveCodes(their)
  await expect(their.getByText('Your account is protected')).toBeVisible()
  await their.goto('/profile')
  await expectPage(their, 'Profile')
  await signOut(their)

  await givePassword(their, person)
  await expectPage(their, 'Verification')
  browserLog.expectStatus(401)
  await giveCode(their, await old.next())
  await expect(their.getByLabel('Verification code')).toHaveAccessibleDescription(/That code is not right/)
  await giveCode(their, await fresh.next())
  await expectHome(their)
  await their.getByRole('button', { name: 'Dismiss these' }).click()
  await expect(their.getByText(/A help code was used with your password/)).toBeVisible()
})

test('until the new phone is confirmed the old one works, and its owner can say that it was not them', async ({
  page,
  movable,
  openBrowser,
  browserLog,
}) => {
  const administrator = await administratorOf(movable)
  const { person, authenticator } = await newPersonWithKey(movable)
  await page.goto('/sign-in')
  await giveBoth(page, person, () => authenticator.next())
  const banner = page.getByRole('region', { name: 'Help code' })
  await expect(banner).toHaveCount(0)
  const code = await administrator.helpCode(person.username)
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expect(banner.getByRole('alert')).toContainText(
    `A help code for your account was given by ${administrator.person.username}`,
  )

  const thief = await openBrowser()
  await openHelpCode(thief, person)
  await enterHelpCode(thief, code)
  await expectPage(thief, 'Two-Factor Authentication')
  await page.goto('/password')
  await expect(banner).toContainText('was used')
  await banner.getByRole('button', { name: 'Not me' }).click()
  const question = page.getByRole('dialog', { name: 'You did not ask for help?' })
  await expect(question).toContainText('24 hours')
  await question.getByRole('button', { name: 'Cancel' }).click()
  await banner.getByRole('button', { name: 'Not me' }).click()
  await question.getByRole('button', { name: 'End the code' }).click()
  await expect(banner).toContainText('The help code has ended. For 24 hours nobody can get help for this account.')
  await expect(banner).toBeFocused()
  browserLog.expectStatus(401)
  await thief.getByRole('button', { name: 'Set Up Authenticator' }).click()
  await expectPage(thief, 'Sign in')
  await banner.getByRole('button', { name: 'Dismiss' }).click()
  await expect(banner).toHaveCount(0)
  await page.reload()
  await expectPage(page, 'Password')
  await expect(banner).toHaveCount(0)

  await expect(administrator.helpCode(person.username)).rejects.toThrow(/help_stopped/)
  await page.goto('/')
  await signOut(page)
  const helper = await newPersonWithKey(movable)
  await administrator.setRole(helper.person.username, 'helper')
  await giveBoth(page, helper.person, () => helper.authenticator.next())
  await openPerson(page, person.username)
  await expect(page.getByText(/“Not me” was said about a help code: nobody may help until/)).toBeVisible()
  await page.getByRole('button', { name: 'Give help code' }).click()
  await expect(page.getByRole('dialog', { name: 'Help is stopped' })).toContainText('Nobody may help with it until')
})

test('a code that is malformed, wrong, late or used opens nothing', async ({ page, movable, browserLog }) => {
  const administrator = await administratorOf(movable)
  const { person, authenticator } = await newPersonWithKey(movable)
  const code = await administrator.helpCode(person.username, 5)
  const wrong = 'HELP-0000-0000-0000-0000'
  await openHelpCode(page, person)
  const field = page.getByLabel('Help code')
  const sent: string[] = []
  page.on('request', (request) => sent.push(request.url()))
  for (const malformed of ['', '123456', code.slice(0, -1), code.slice(5), code.replace('HELP', 'HALP')]) {
    await enterHelpCode(page, malformed)
    await expect(field).toHaveAccessibleDescription(/^Help code: enter/)
  }
  expect(sent.filter((url) => url.endsWith('/help-code'))).toEqual([])

  browserLog.expectStatus(401)
  await enterHelpCode(page, wrong)
  await expect(field).toHaveAccessibleDescription(/That help code is not right.* tries left/)
  await page.getByRole('link', { name: 'Back to verification' }).click()
  await expectPage(page, 'Verification')
  await giveCode(page, await authenticator.next())
  await expectHome(page)
  await signOut(page)

  await openHelpCode(page, person)
  await movable.advance(5)
  await enterHelpCode(page, code)
  await expect(field).toHaveAccessibleDescription(/That help code is not right, or its time is over/)
})

test('after wrong codes there is a wait that is counted down', async ({ page, movable, browserLog }) => {
  const { person } = await newPersonWithKey(movable)
  await openHelpCode(page, person)
  browserLog.expectStatus(401)
  const field = page.getByLabel('Help code')
  for (let guess = 1; guess <= 5; guess++) {
    await enterHelpCode(page, `HELP-0000-0000-0000-000${guess}`)
    await expect(field).toHaveAccessibleDescription(guess < 5 ? new RegExp(`${5 - guess} tr`) : /Wait before you try/)
  }
  await expect(page.getByRole('timer', { name: 'You can try again in' })).toHaveText(/^0:\d\d$/)
})

test('with the keyboard alone, from the code to the new phone', async ({ page, movable, openBrowser }) => {
  const administrator = await administratorOf(movable)
  const helped = await newPersonWithKey(movable)
  const asked = await newPersonWithKey(movable)
  await administrator.setRole(asked.person.username, 'helper')
  await page.goto('/sign-in')
  await giveBoth(page, asked.person, () => asked.authenticator.next())
  await openPerson(page, helped.person.username)
  await press(page, 'button', 'Give help code')
  await type(page, /^Reason/, 'Seen at the desk.')
  await tabTo(page, 'combobox', 'How long the code works')
  await press(page, 'button', 'Give help code')
  const code = await shownHelpCode(page)
  await press(page, 'button', 'Done')
  await expect(page.getByRole('button', { name: 'Give help code' })).toBeFocused()

  const their = await openBrowser()
  await signInAsFarAsVerification(their, helped.person)
  await press(their, 'link', 'Lost phone and codes?')
  await expectPage(their, 'Lost phone and codes')
  await expect(their.getByLabel('Help code')).toBeFocused()
  await their.keyboard.type(code)
  await their.keyboard.press('Enter')
  await expectPage(their, 'Two-Factor Authentication')
  await press(their, 'button', 'Set Up Authenticator')
  const fresh = Authenticator.fromURI(await readQR(their), movable.now)
  await type(their, 'Code', await fresh.next())
  await their.keyboard.press('Enter')
  await expect(their.getByRole('dialog', { name: 'Your new backup codes' })).toBeVisible()
})

test('every screen of it for everybody', async ({ page, movable, openBrowser }) => {
  const administrator = await administratorOf(movable)
  const { person, authenticator } = await newPersonWithKey(movable)
  const helper = await newPersonWithKey(movable)
  await administrator.setRole(helper.person.username, 'helper')
  const at = await openBrowser()
  await at.goto('/sign-in')
  await giveBoth(at, person, () => authenticator.next())

  await page.goto('/sign-in')
  await giveBoth(page, helper.person, () => helper.authenticator.next())
  await dismissNotices(page)
  await openPerson(page, person.username)
  await page.getByRole('button', { name: 'Give help code' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await checkScreen(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  const code = await giveHelpCode(page)
  await checkScreen(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()

  const their = await openBrowser()
  await openHelpCode(their, person)
  await checkScreen(their)
  await enterHelpCode(their, code)
  await expectPage(their, 'Two-Factor Authentication')
  await checkScreen(their)
  await at.reload()
  await expect(at.getByRole('button', { name: 'Not me' })).toBeVisible()
  await checkScreen(at)
})

test.describe('in German', () => {
  test.use({ locale: 'de-DE' })

  test('every screen of it is in German', async ({ page, movable }) => {
    const administrator = await administratorOf(movable)
    const { person } = await newPersonWithKey(movable)
    const code = await administrator.helpCode(person.username)
    await page.goto('/sign-in')
    await page.getByLabel('Benutzername').fill(person.username)
    await page.getByLabel('Passwort', { exact: true }).fill(person.password)
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
    await page.getByRole('link', { name: 'Telefon und Codes verloren?' }).click()
    await expectPage(page, 'Telefon und Codes verloren')
    await expectGerman(page)
    await page.getByLabel('Hilfe-Code').fill('HELP')
    await page.getByRole('button', { name: 'Weiter' }).click()
    await expect(page.getByLabel('Hilfe-Code')).toHaveAccessibleDescription(/zählte nicht als Versuch/)
    await expectGerman(page)
    await page.getByLabel('Hilfe-Code').fill(code)
    await page.getByRole('button', { name: 'Weiter' }).click()
    await expectPage(page, /^Zwei-Faktor/)
    await expect(page.getByRole('button', { name: 'Authenticator einrichten' })).toBeVisible()
    await expectGerman(page)
  })
})

// What a person does on the pages, by role and label only, and the states that
// tests start from. Those are reached through the API, in the page's own
// browser, as other tests go the same way on the pages.
import { expect, type Page } from '@playwright/test'
import { Api } from './api'
import { Authenticator, readQR } from './authenticator'
import type { Person } from './test'

export async function expectHome(page: Page) {
  await expectPage(page, /^Welcome/)
}

export async function expectPage(page: Page, name: string | RegExp) {
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
}

/** The pages of the settings, by the name of their link and heading. */
export const settings = {
  'Two-Factor Authentication': '/two-factor',
  Sessions: '/sessions',
  Activity: '/activity',
  Password: '/password',
  Profile: '/profile',
} as const

export type SettingsPage = keyof typeof settings

export const settingsPages = Object.keys(settings) as SettingsPage[]

/** Opens a page of the settings anew. */
export async function open(page: Page, name: SettingsPage) {
  await page.goto(settings[name])
  await expectPage(page, name)
}

/** Signs in with the password; the account owes no code. Ends at Home. */
export async function signIn(page: Page, person: Person, url = '') {
  const api = await Api.in(page, url)
  await api.signIn(person)
  await page.goto(`${url}/`)
  await expectHome(page)
}

/** Gives the password and stops at Verification. */
export async function signInAsFarAsVerification(page: Page, person: Person) {
  const api = await Api.in(page)
  await api.signIn(person)
  await page.goto('/verify')
  await expectPage(page, 'Verification')
}

/** Fills in the page Sign in, wherever it was asked for. */
export async function givePassword(page: Page, { username, password }: Person) {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

export async function giveCode(page: Page, code: string) {
  await page.getByLabel('Verification code').fill(code)
  await page.getByRole('button', { name: 'Verify', exact: true }).click()
}

/** Gives five wrong codes at Verification, after which there is a wait. */
export async function giveFiveWrongCodes(page: Page, authenticator: Authenticator) {
  const field = page.getByLabel('Verification code')
  for (const left of [4, 3, 2, 1]) {
    await giveCode(page, authenticator.wrong())
    await expect(field).toHaveAccessibleDescription(new RegExp(`You have ${left} tr(y|ies) left`))
  }
  await giveCode(page, authenticator.wrong())
  await expect(page.getByRole('timer')).toHaveText(/0:[0-3]\d/)
}

/** Dismisses what Home and the other pages tell since the last sign-in. */
export async function dismissNotices(page: Page) {
  const notices = page.getByRole('region', { name: 'Security notices' })
  await notices
    .getByRole('button', { name: /^Dismiss( all)?$/ })
    .last()
    .click()
  await expect(notices).toHaveCount(0)
}

export async function signOut(page: Page) {
  // Signing out loads the page anew: text typed before that is lost.
  const loaded = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await loaded
  await expectPage(page, 'Sign in')
}

/** Begins set-up and scans the QR code on the screen. */
export async function scan(page: Page, now = Date.now) {
  await page.goto('/two-factor')
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  return Authenticator.fromURI(await readQR(page), now)
}

/** Gives the first code of the key that the page shows. */
export async function confirmKey(page: Page, authenticator: Authenticator) {
  await page.getByLabel('Code', { exact: true }).fill(await authenticator.next())
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
}

/** Sets up an authenticator for the signed-in account. Ends at Two-Factor Authentication. */
export async function addKey(page: Page, now = Date.now, url = '') {
  const api = await Api.in(page, url)
  const authenticator = await api.addKey(now)
  await page.goto(`${url}/two-factor`)
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
  return authenticator
}

export type Codes = [string, string, string, string, string, string, string, string, string, string]

/** Generates and saves backup codes for the signed-in account. Ends at Two-Factor Authentication. */
export async function addCodes(page: Page, url = '') {
  const api = await Api.in(page, url)
  const set = await api.send('POST', '/api/two-factor/backup-codes', { paper: 'a4', language: 'en' })
  await api.send('POST', '/api/two-factor/backup-codes/confirm', { number: set.number })
  await page.goto(`${url}/two-factor`)
  await expect(page.getByRole('region', { name: 'Backup codes' })).toContainText('You have 10 unused backup codes.')
  return set.codes as Codes
}

/** Generates backup codes from the page Two-Factor Authentication and leaves their dialog open. */
export async function generateCodes(page: Page) {
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  return shownCodes(page)
}

async function shownCodes(page: Page) {
  const dialog = page.getByRole('dialog', { name: 'Your new backup codes' })
  await expect(dialog.getByRole('listitem')).toHaveCount(10)
  return (await dialog.getByRole('code').allTextContents()) as Codes
}

/** Generates a set in place of the present one. */
export async function replaceCodes(page: Page) {
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  const question = page.getByRole('dialog', { name: 'Generate new backup codes?' })
  await expect(question).toContainText('Existing backup codes stop working')
  await question.getByRole('button', { name: 'Generate Backup Codes' }).click()
  return shownCodes(page)
}

/** Says that the codes of the open dialog are saved. */
export async function saveCodes(page: Page) {
  const dialog = page.getByRole('dialog', { name: 'Your new backup codes' })
  await dialog.getByLabel('I have saved these codes').check()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(dialog).toBeHidden()
}

/** Signs in a new account and sets up its key. Ends at Two-Factor Authentication. */
export async function signInWithKey(page: Page, newPerson: () => Promise<Person>) {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  return { person, authenticator }
}

export async function signInWithCodes(page: Page, newPerson: () => Promise<Person>) {
  const { person, authenticator } = await signInWithKey(page, newPerson)
  const codes = await addCodes(page)
  return { person, authenticator, codes }
}

/** Clicks a link that leads away, and stays on the page with its unsaved changes. */
export async function stayWithUnsavedChanges(page: Page, link: string) {
  const asked = page.waitForEvent('dialog')
  const clicked = page.getByRole('link', { name: link }).click()
  const question = await asked
  expect(question.message()).toBe('Your changes are not saved. Leave anyway?')
  await question.dismiss()
  await clicked
}

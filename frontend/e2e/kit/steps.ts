// What a person does on the pages, by role and label only.
import { expect, type Page } from '@playwright/test'
import { Authenticator, readQR } from './authenticator'
import type { Person } from './fixtures'
import { expectFocusKept } from './walk'

export async function expectHome(page: Page) {
  await expect(page.getByRole('heading', { level: 1, name: /^Welcome/ })).toBeVisible()
}

/** Fills in the page Sign in, wherever it was asked for. */
export async function givePassword(page: Page, { username, password }: Person) {
  await page.getByLabel('User name').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Signs an account without a key in. */
export async function signIn(page: Page, person: Person) {
  await page.goto('/sign-in')
  await givePassword(page, person)
  await expectHome(page)
}

/** Gives the password and stops at Verification. */
export async function signInAsFarAsVerification(page: Page, person: Person) {
  await page.goto('/sign-in')
  await givePassword(page, person)
  await expect(page.getByRole('heading', { level: 1, name: 'Verification' })).toBeVisible()
}

export async function giveCode(page: Page, code: string) {
  await page.getByLabel('Verification code').fill(code)
  await page.getByRole('button', { name: 'Verify', exact: true }).click()
}

export async function signOut(page: Page) {
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
}

/** Begins set-up and scans the QR code on the screen. */
export async function scan(page: Page, now = Date.now) {
  await page.goto('/two-factor')
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  return Authenticator.fromURI(await readQR(page), now)
}

/** Sets up an authenticator from the page of the signed-in account. */
export async function setUpKey(page: Page, now = Date.now) {
  const authenticator = await scan(page, now)
  await confirmKey(page, authenticator)
  return authenticator
}

/** Gives the first code of the key that the page shows. */
export async function confirmKey(page: Page, authenticator: Authenticator) {
  await page.getByLabel('Code', { exact: true }).fill(await authenticator.next())
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
}

export type Codes = [string, string, string, string, string, string, string, string, string, string]

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
  await page.getByLabel('I have saved these codes').check()
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('dialog')).toBeHidden()
}

/** Brings an account with a fresh key to the page Two-Factor Authentication. */
export async function arriveWithKey(page: Page, newPerson: () => Promise<Person>) {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await setUpKey(page)
  return { person, authenticator }
}

export async function arriveWithCodes(page: Page, newPerson: () => Promise<Person>) {
  const { person, authenticator } = await arriveWithKey(page, newPerson)
  const codes = await generateCodes(page)
  await saveCodes(page)
  return { person, authenticator, codes }
}

type Stop = 'textbox' | 'button' | 'radio' | 'checkbox' | 'link' | 'combobox'

/** Presses Tab until the control has the focus; it must come within one round and be marked and in sight. */
export async function tabTo(page: Page, role: Stop, name: string | RegExp) {
  // Behind an open dialog nothing can be reached.
  const open = page.locator('dialog[open]')
  const place = (await open.count()) > 0 ? open.last() : page
  const wanted = place.getByRole(role, { name, exact: false }).first()
  await expect(wanted).toBeVisible()
  for (let presses = 0; presses < 40; presses++) {
    if (await wanted.evaluate((element) => element === document.activeElement).catch(() => false)) {
      return expectFocusKept(page)
    }
    await page.keyboard.press('Tab')
  }
  throw new Error(`${name} cannot be reached with Tab`)
}

/** Goes to a control with Tab and presses it. */
export async function press(page: Page, role: Stop, name: string | RegExp) {
  await tabTo(page, role, name)
  await page.keyboard.press(role === 'checkbox' ? 'Space' : 'Enter')
}

/** Goes to a field with Tab and types over what is in it. */
export async function type(page: Page, name: string | RegExp, text: string) {
  await tabTo(page, 'textbox', name)
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type(text)
}

// Backup codes that a person has: at a sign-in, checked, and running out.

import type { Page } from '@playwright/test'
import { Api } from './kit/api'
import { checkScreen } from './kit/screen'
import {
  expectHome,
  expectPage,
  giveCode,
  giveFiveWrongCodes,
  givePassword,
  replaceCodes,
  saveCodes,
  signInAsFarAsVerification,
  signInWithCodes,
  signOut,
} from './kit/steps'
import { expect, type Person, test } from './kit/test'

const row = (page: Page) => page.getByRole('region', { name: 'Backup codes' })
const codeField = (page: Page) => page.getByLabel('Verification code')

/** A code that is well-formed and belongs to nobody. */
const unknownCode = '0000-0000-0000-0000'

/** One wrong symbol, as a slip of the finger leaves it. */
const mistyped = (code: string) => (code.startsWith('7') ? '8' : '7') + code.slice(1)

test('a backup code signs in; the page after it leads on to the page first asked for', async ({ page, newPerson }) => {
  const { person, codes } = await signInWithCodes(page, newPerson)
  await signOut(page)
  await page.goto('/password')
  await givePassword(page, person)
  await expect(
    page.getByText(
      "Get a verification code from the authenticator app or enter one of the backup codes you've received from ImageMaster.",
    ),
  ).toBeVisible()
  await page.getByRole('button', { name: 'Type a backup code' }).click()
  const field = codeField(page)
  await expect(field).toBeFocused()
  for (const [name, value] of Object.entries({ inputmode: 'text', autocomplete: 'off', spellcheck: 'false' })) {
    await expect(field).toHaveAttribute(name, value)
  }
  await checkScreen(page)
  await giveCode(page, ` ${codes[4].toLowerCase().replaceAll('-', ' ')} `)

  await expect(page.getByRole('heading', { level: 1, name: 'You used a backup code' })).toBeFocused()
  await expect(page.getByText('You have 9 unused backup codes left.')).toBeVisible()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expectPage(page, 'Password')

  await signOut(page)
  await signInAsFarAsVerification(page, person)
  await giveCode(page, codes[5])
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(page.getByRole('dialog', { name: 'Generate new backup codes?' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText('A backup code was used.')).toBeVisible()

  await signOut(page)
  await signInAsFarAsVerification(page, person)
  await giveCode(page, codes[6])
  await page.getByRole('button', { name: 'Move to Different Phone' }).click()
  await expect(page.getByRole('heading', { name: 'Move to a different phone?' })).toBeVisible()
})

test('a wrong backup code says what is wrong with it, and a typing error costs nothing', async ({
  page,
  newPerson,
  browserLog,
}) => {
  const { person, codes: old } = await signInWithCodes(page, newPerson)
  const codes = await replaceCodes(page)
  await saveCodes(page)
  await signOut(page)
  await signInAsFarAsVerification(page, person)
  await giveCode(page, codes[0])
  await page.getByRole('button', { name: 'Continue' }).click()
  await expectHome(page)
  await signOut(page)

  await signInAsFarAsVerification(page, person)
  const field = codeField(page)
  await giveCode(page, mistyped(codes[1]))
  await expect(field).toHaveAccessibleDescription(/there is a typing error in it/)
  await giveCode(page, codes[1].slice(0, 15))
  await expect(field).toHaveAccessibleDescription(/enter all 16 letters and digits/)
  await page.getByRole('button', { name: 'Type a backup code' }).click()
  await expect(field, 'an error of the other kind is gone').not.toHaveAttribute('aria-invalid')
  await giveCode(page, '')
  await expect(field).toHaveAccessibleDescription(/enter one from your sheet/)

  browserLog.expectStatus(401)
  await giveCode(page, codes[0])
  await expect(field).toHaveAccessibleDescription(/been used already\. Use another one\. You have 4 tries left/)
  await giveCode(page, old[0])
  await expect(field).toHaveAccessibleDescription(/from an older set and no longer valid.*You have 3 tries left/)
  await giveCode(page, unknownCode)
  await expect(field).toHaveAccessibleDescription(/Compare it with your sheet\. You have 2 tries left/)
  await giveCode(page, codes[1])
  await expect(page.getByText('You have 8 unused backup codes left.')).toBeVisible()
})

test('a wait of one kind does not hold back the other', async ({ page, newPerson, browserLog }) => {
  const { person, authenticator, codes } = await signInWithCodes(page, newPerson)
  await signOut(page)
  await signInAsFarAsVerification(page, person)
  browserLog.expectStatus(401, 429)
  await giveFiveWrongCodes(page, authenticator)
  await giveCode(page, await authenticator.next())
  await expect(codeField(page)).toHaveAccessibleDescription(/too many wrong codes from the app.*use a backup code/)
  await page.getByRole('button', { name: 'Type a backup code' }).click()
  await expect(page.getByRole('timer')).toHaveCount(0)
  await giveCode(page, codes[9])
  await expect(page.getByText('You have 9 unused backup codes left.')).toBeVisible()
})

test('with three codes left a new set is recommended, with none it is urgent', async ({ page, newPerson, product }) => {
  const { person, codes } = await signInWithCodes(page, newPerson)
  await signOut(page)
  for (const code of codes.slice(0, 6)) await use(product.url, person, code)
  await signInAsFarAsVerification(page, person)
  await giveCode(page, codes[6])
  await expect(page.getByText('You have 3 unused backup codes left.')).toBeVisible()
  await expect(page.getByText('Only a few codes are left. Generate a new set now')).toBeVisible()
  await checkScreen(page)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText('You could still sign in: you have 3 unused backup codes.')).toBeVisible()
  await expect(page.getByRole('link', { name: 'Generate Backup Codes' })).toBeVisible()
  await signOut(page)

  for (const code of codes.slice(7, 9)) await use(product.url, person, code)
  await signInAsFarAsVerification(page, person)
  await giveCode(page, codes[9])
  await expect(page.getByText('That was your last code.')).toBeVisible()
})

/** Signs in from another browser with a backup code. */
async function use(url: string, person: Person, code: string) {
  const api = await Api.at(url)
  expect(await api.signIn(person, code)).toBe('second_factor')
}

test('a saved code is checked without using it up', async ({ page, newPerson, browserLog }) => {
  const { codes: old } = await signInWithCodes(page, newPerson)
  const codes = await replaceCodes(page)
  await saveCodes(page)
  await page.getByRole('link', { name: /Home/ }).click()
  await expect(page.getByText('You have never checked that a code on your sheet still works.')).toBeVisible()
  await checkScreen(page)
  await page.getByRole('link', { name: 'Check a saved code' }).click()

  const dialog = page.getByRole('dialog', { name: 'Check a saved code' })
  const check = async (code: string) => {
    await dialog.getByLabel('Backup code').fill(code)
    await dialog.getByRole('button', { name: 'Check', exact: true }).click()
  }
  for (let twice = 0; twice < 2; twice++) {
    await check(codes[0].toLowerCase())
    await expect(dialog.getByRole('status')).toContainText(['Valid, set 2.'])
  }
  await checkScreen(page)
  await check(old[0])
  await expect(dialog.getByRole('status')).toContainText(['From set 1, no longer valid.'])
  for (const entry of ['', '123456', mistyped(codes[1])]) {
    await check(entry)
    await expect(dialog.getByLabel('Backup code')).toHaveAttribute('aria-invalid', 'true')
  }
  await check(unknownCode)
  await expect(dialog.getByRole('status')).toContainText([
    'Unknown. This is not one of your codes. You have 4 tries left',
  ])
  await checkScreen(page)
  for (const left of [3, 2, 1]) {
    await check(unknownCode)
    await expect(dialog.getByRole('status')).toContainText([new RegExp(`You have ${left} tr`)])
  }
  await check(unknownCode)
  await expect(dialog.getByRole('timer')).toHaveText(/0:[0-3]\d/)
  browserLog.expectStatus(429)
  await check(codes[0])
  await expect(dialog.getByLabel('Backup code')).toHaveAccessibleDescription(/too many wrong backup codes/)

  await page.keyboard.press('Escape')
  await expect(row(page)).toContainText('You have 10 unused backup codes.')
  await expect(row(page)).toContainText('Last checked today')
})

test('a used code says when it was used', async ({ page, newPerson }) => {
  const { person, codes } = await signInWithCodes(page, newPerson)
  await signOut(page)
  await signInAsFarAsVerification(page, person)
  await giveCode(page, codes[2])
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('link', { name: 'Check a saved code' }).click()
  const dialog = page.getByRole('dialog', { name: 'Check a saved code' })
  await dialog.getByLabel('Backup code').fill(codes[2])
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('status').getByText(/Used on .*\d{4}.*It was from set 1\./)).toBeVisible()
})

import type { Page } from '@playwright/test'
import {
  addKey,
  expectHome,
  expectPage,
  giveCode,
  givePassword,
  signIn,
  signInAsFarAsVerification,
  signOut,
} from './kit/steps'
import { expect, type Person, test } from './kit/test'

/** Brings an account with a key to the page Verification. */
async function arrive(page: Page, newPerson: () => Promise<Person>) {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  await signOut(page)
  await signInAsFarAsVerification(page, person)
  return { person, authenticator }
}

test('a reload stays on Verification, and nothing else opens', async ({ page, newPerson }) => {
  const { authenticator } = await arrive(page, newPerson)
  await page.reload()
  await expectPage(page, 'Verification')
  await page.goto('/two-factor')
  await expectPage(page, 'Verification')
  await giveCode(page, await authenticator.next())
  await expectPage(page, 'Two-Factor Authentication')
})

test('Verification has the language and the theme of the profile, and names nobody', async ({
  page,
  newPerson,
  browser,
  product,
}) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  await page.goto('/profile')
  await page.getByLabel('Full name').fill('Ada Lovelace')
  await page.getByLabel('Appearance').selectOption('Dark')
  await page.getByRole('main').getByLabel('Language').selectOption('Deutsch')
  await page.getByRole('button', { name: 'Save' }).click()
  await expectPage(page, 'Profil')

  const another = await browser.newPage({ baseURL: product.url, locale: 'en-GB', colorScheme: 'light' })
  await another.goto('/sign-in')
  await expectPage(another, 'Sign in')
  await expect(another.locator('html')).not.toHaveAttribute('data-theme')
  await givePassword(another, person)
  const heading = another.getByRole('heading', { level: 1, name: 'Bestätigung' })
  const root = another.locator('html[lang="de"][data-theme="night"]')
  await expect(heading).toBeVisible()
  await expect(root).toHaveCount(1)
  const answer = another.waitForResponse(`${product.url}/api/session`)
  await another.reload()
  await expect(heading).toBeVisible()
  await expect(root).toHaveCount(1)
  expect((await (await answer).json()).account).toMatchObject({ username: '', display_name: '' })

  await another.getByLabel('Bestätigungscode').fill(await authenticator.next())
  await another.getByRole('button', { name: 'Bestätigen', exact: true }).click()
  await expectPage(another, 'Willkommen, Ada Lovelace')
  await another.close()
})

test('Cancel ends the sign-in on the server', async ({ page, newPerson, baseURL }) => {
  await arrive(page, newPerson)
  const cookies = await page.context().cookies()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expectPage(page, 'Sign in')

  await page.context().addCookies(cookies)
  const answer = await page.context().request.get(`${baseURL}/api/session`)
  expect(await answer.json()).toMatchObject({ state: 'anonymous' })
})

test('a wrong code says how many tries are left, and to check the time of the phone', async ({
  page,
  newPerson,
  browserLog,
}) => {
  const { authenticator } = await arrive(page, newPerson)
  browserLog.expectStatus(401)
  const field = page.getByLabel('Verification code')
  for (const left of [4, 3]) {
    await giveCode(page, authenticator.wrong())
    await expect(field).toHaveAccessibleDescription(
      `That code is not right. You have ${left} tries left before you have to wait. Check that your phone shows the right time.`,
    )
    await expect(field).toBeFocused()
  }
  await giveCode(page, await authenticator.next())
  await expect(page.getByText('There were 2 wrong codes since your last sign-in.')).toBeVisible()
})

test('a malformed entry spends no try', async ({ page, newPerson, browserLog }) => {
  const { authenticator } = await arrive(page, newPerson)
  for (const entry of ['', '12345', '1234567']) {
    await giveCode(page, entry)
    await expect(page.getByLabel('Verification code')).toHaveAttribute('aria-invalid', 'true')
  }
  browserLog.expectStatus(401)
  await giveCode(page, authenticator.wrong())
  await expect(page.getByLabel('Verification code')).toHaveAccessibleDescription(/You have 4 tries left/)
})

test('a code is taken once', async ({ page, newPerson, browserLog }) => {
  const { person, authenticator } = await arrive(page, newPerson)
  await giveCode(page, await authenticator.next())
  await expectHome(page)
  await signOut(page)

  await signInAsFarAsVerification(page, person)
  browserLog.expectStatus(401)
  await giveCode(page, authenticator.spent())
  await expect(page.getByLabel('Verification code')).toHaveAccessibleDescription(
    /That code has been used already\. Wait for the next one\./,
  )
})

test('a code of some minutes ago says that the phone is slow', async ({ page, newPerson, browserLog }) => {
  const { authenticator } = await arrive(page, newPerson)
  browserLog.expectStatus(401)
  await giveCode(page, authenticator.past(4))
  await expect(page.getByLabel('Verification code')).toHaveAccessibleDescription(
    /That code was right about 4 minutes ago\./,
  )
})

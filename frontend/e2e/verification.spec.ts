import type { Page } from '@playwright/test'
import { expect, type Person, test } from './fixtures'
import { expectHome, giveCode, givePassword, setUpKey, signIn, signInAsFarAsVerification, signOut } from './steps'

/** Leaves an account with a key at the page Verification. */
async function arrive(page: Page, newPerson: () => Promise<Person>) {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await setUpKey(page)
  await signOut(page)
  await signInAsFarAsVerification(page, person)
  return { person, authenticator }
}

test('a reload stays on Verification, and nothing else opens', async ({ page, newPerson }) => {
  const { authenticator } = await arrive(page, newPerson)
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: 'Verification' })).toBeVisible()
  await page.goto('/two-factor')
  await expect(page.getByRole('heading', { level: 1, name: 'Verification' })).toBeVisible()
  await giveCode(page, await authenticator.next())
  await expect(page.getByRole('heading', { level: 1, name: 'Two-Factor Authentication' })).toBeVisible()
})

test('it follows the language and the theme of the profile and names nobody', async ({
  page,
  newPerson,
  browser,
  product,
}) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await setUpKey(page)
  await page.goto('/profile')
  await page.getByLabel('Full name').fill('Ada Lovelace')
  await page.getByLabel('Appearance').selectOption('Dark')
  await page.getByRole('main').getByLabel('Language').selectOption('Deutsch')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Profil' })).toBeVisible()

  const another = await browser.newPage({ baseURL: product.url, locale: 'en-GB', colorScheme: 'light' })
  await another.goto('/sign-in')
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
  await expect(another.getByRole('heading', { level: 1, name: 'Willkommen, Ada Lovelace' })).toBeVisible()
  await another.close()
})

test('Cancel ends the sign-in on the server', async ({ page, newPerson, baseURL }) => {
  await arrive(page, newPerson)
  const cookies = await page.context().cookies()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()

  await page.context().addCookies(cookies)
  const answer = await page.context().request.get(`${baseURL}/api/session`)
  expect(await answer.json()).toMatchObject({ state: 'anonymous' })
})

test('a wrong code says how many tries are left', async ({ page, newPerson, watch }) => {
  const { authenticator } = await arrive(page, newPerson)
  watch.expectStatus(401)
  const field = page.getByLabel('Verification code')
  for (const left of [4, 3]) {
    await giveCode(page, authenticator.wrong())
    await expect(field).toHaveAccessibleDescription(new RegExp(`You have ${left} tries left`))
    await expect(field).toBeFocused()
  }
  await giveCode(page, await authenticator.next())
  await expect(page.getByText('There were 2 wrong codes since your last sign-in.')).toBeVisible()
})

test('a malformed entry spends no try', async ({ page, newPerson, watch }) => {
  const { authenticator } = await arrive(page, newPerson)
  for (const entry of ['', '12345', '1234567']) {
    await giveCode(page, entry)
    await expect(page.getByLabel('Verification code')).toHaveAttribute('aria-invalid', 'true')
  }
  watch.expectStatus(401)
  await giveCode(page, authenticator.wrong())
  await expect(page.getByLabel('Verification code')).toHaveAccessibleDescription(/You have 4 tries left/)
})

test('a code is taken once', async ({ page, newPerson, watch }) => {
  const { person, authenticator } = await arrive(page, newPerson)
  await giveCode(page, await authenticator.next())
  await expectHome(page)
  await signOut(page)

  await signInAsFarAsVerification(page, person)
  watch.expectStatus(401)
  await giveCode(page, authenticator.spent())
  await expect(page.getByLabel('Verification code')).toHaveAccessibleDescription(
    /That code has been used already\. Wait for the next one\./,
  )
})

test('a code of some minutes ago says that the phone is slow', async ({ page, newPerson, watch }) => {
  const { authenticator } = await arrive(page, newPerson)
  watch.expectStatus(401)
  await giveCode(page, authenticator.past(4))
  await expect(page.getByLabel('Verification code')).toHaveAccessibleDescription(
    /That code was right about 4 minutes ago\./,
  )
})

test('after five wrong codes there is a wait with a countdown', async ({ page, newPerson, watch }) => {
  const { authenticator } = await arrive(page, newPerson)
  watch.expectStatus(401)
  for (let failures = 1; failures <= 5; failures++) {
    await giveCode(page, authenticator.wrong())
    await expect(page.getByLabel('Verification code')).toHaveAccessibleDescription(/That code is not right\./)
    await page.reload()
  }
  watch.expectStatus(429)
  await giveCode(page, await authenticator.next())
  await expect(page.getByText('You can try again in')).toBeVisible()
  await expect(page.getByRole('timer')).toHaveText(/0:[0-3]\d/)
})

test('the field suits an authenticator and a keyboard', async ({ page, newPerson }) => {
  await arrive(page, newPerson)
  const field = page.getByLabel('Verification code')
  await expect(field).toHaveAttribute('inputmode', 'numeric')
  await expect(field).toHaveAttribute('autocomplete', 'one-time-code')
  for (const limit of ['pattern', 'maxlength']) expect(await field.getAttribute(limit)).toBeNull()
})

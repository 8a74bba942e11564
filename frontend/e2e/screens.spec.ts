// Every screen in light and dark, on desktop and phone.
import { checkScreen } from './kit/screen'
import {
  addKey,
  expectPage,
  giveCode,
  givePassword,
  scan,
  signIn,
  signInAsFarAsVerification,
  signOut,
} from './kit/steps'
import { expect, test } from './kit/test'

test('first start', async ({ page, startProduct }) => {
  const product = await startProduct()
  await page.goto(product.setupLink())
  await expect(page.getByRole('button', { name: 'Create administrator' })).toBeVisible()
  await checkScreen(page)
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await expect(page.getByLabel('User name')).toHaveAttribute('aria-invalid', 'true')
  await checkScreen(page)
})

test('sign-in, empty and refused', async ({ page, browserLog }) => {
  await page.goto('/sign-in')
  await expectPage(page, 'Sign in')
  await checkScreen(page)
  browserLog.expectStatus(401)
  await givePassword(page, { username: 'nobody-at-all', password: 'some long password' })
  await expect(page.getByRole('alert')).toBeVisible()
  await checkScreen(page)
})

test('home and settings with two-factor authentication disabled', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await checkScreen(page)
  await page.goto('/two-factor')
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await checkScreen(page)
})

test('set-up, as it begins and with an error', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await scan(page)
  await checkScreen(page)
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect(page.getByLabel('Code', { exact: true })).toHaveAttribute('aria-invalid', 'true')
  await checkScreen(page)
})

test('verification, empty and refused', async ({ page, newPerson, browserLog }) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  await signOut(page)
  await signInAsFarAsVerification(page, person)
  await checkScreen(page)
  browserLog.expectStatus(401)
  await giveCode(page, authenticator.wrong())
  await expect(page.getByLabel('Verification code')).toHaveAttribute('aria-invalid', 'true')
  await checkScreen(page)
})

test('not found and out of reach', async ({ page, newPerson, browserLog }) => {
  await page.goto('/no/such/page')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await checkScreen(page)
  await signIn(page, await newPerson())
  await page.goto('/no/such/page')
  await expectPage(page, 'Page not found')
  await checkScreen(page)
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/session', (route) => route.abort())
  await page.goto('/')
  await expectPage(page, 'The server cannot be reached')
  await checkScreen(page)
})

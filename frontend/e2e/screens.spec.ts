// Every screen in light and dark, on desktop and phone.
import { expect, test } from './fixtures'
import { checkScreen } from './screens'
import { giveCode, givePassword, scan, setUpKey, signIn, signInAsFarAsVerification, signOut } from './steps'

test('first start', async ({ page, startProduct }) => {
  const product = await startProduct()
  await page.goto(product.setupLink())
  await expect(page.getByRole('button', { name: 'Create administrator' })).toBeVisible()
  await checkScreen(page)
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await expect(page.getByLabel('User name')).toHaveAttribute('aria-invalid', 'true')
  await checkScreen(page)
})

test('sign-in, empty and refused', async ({ page, watch }) => {
  await page.goto('/sign-in')
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
  await checkScreen(page)
  watch.expectStatus(401)
  await givePassword(page, { username: 'nobody-at-all', password: 'some long password' })
  await expect(page.getByRole('alert')).toBeVisible()
  await checkScreen(page)
})

test('home and the room with two-factor authentication disabled', async ({ page, newPerson }) => {
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

test('the room with two-factor authentication enabled, and the password', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await setUpKey(page)
  await checkScreen(page)
  await page.goto('/password')
  await expect(page.getByRole('heading', { level: 1, name: 'Password' })).toBeVisible()
  await checkScreen(page)
})

test('verification, empty and refused', async ({ page, newPerson, watch }) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await setUpKey(page)
  await signOut(page)
  await signInAsFarAsVerification(page, person)
  await checkScreen(page)
  watch.expectStatus(401)
  await giveCode(page, authenticator.wrong())
  await expect(page.getByLabel('Verification code')).toHaveAttribute('aria-invalid', 'true')
  await checkScreen(page)
})

test('not found and out of reach', async ({ page, newPerson, watch }) => {
  await page.goto('/no/such/page')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await checkScreen(page)
  await signIn(page, await newPerson())
  await page.goto('/no/such/page')
  await expect(page.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible()
  await checkScreen(page)
  watch.allow(/ERR_FAILED/)
  await page.route('**/api/session', (route) => route.abort())
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1, name: 'The server cannot be reached' })).toBeVisible()
  await checkScreen(page)
})

// Every screen in light and dark, on desktop and phone.
import { Authenticator, readQR } from './kit/authenticator'
import { checkScreen } from './kit/screen'
import {
  addKey,
  confirmKey,
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

test('an invitation: the password, the second factor and the codes', async ({ page, administrator, newPerson }) => {
  const person = await newPerson()
  const { link } = await administrator.invite({ display_name: 'Jonas Huber' })
  await signIn(page, person)
  await page.goto(link)
  await expect(page.getByText(`You are signed in here as ${person.username}.`)).toBeVisible()
  await checkScreen(page)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByLabel('New password')).toHaveAttribute('aria-invalid', 'true')
  await checkScreen(page)
  await page.getByLabel('New password').fill('wet leaves over seven roofs')
  await page.getByRole('button', { name: 'Continue' }).click()
  const authenticator = Authenticator.fromURI(await readQR(page))
  await checkScreen(page)
  await confirmKey(page, authenticator)
  await expect(page.getByRole('dialog', { name: 'Your new backup codes' })).toBeVisible()
  await checkScreen(page)
})

test('links without a form, and a link for another password', async ({
  page,
  newPerson,
  administrator,
  browserLog,
}) => {
  await page.goto('/welcome')
  await expectPage(page, 'Open the whole link')
  await checkScreen(page)
  browserLog.expectStatus(401)
  await page.goto('about:blank')
  await page.goto('/welcome#of-nobody')
  await expectPage(page, 'This link has ended')
  await checkScreen(page)
  await page.goto('about:blank')
  await page.goto(await administrator.passwordLink((await newPerson()).username))
  await expectPage(page, 'Set a new password')
  await checkScreen(page)
  await page.getByLabel('New password').fill('dry leaves over seven roofs')
  await page.getByRole('button', { name: 'Set password' }).click()
  await expectPage(page, 'Your password is set')
  await checkScreen(page)
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/welcome/look', (route) => route.abort())
  await page.goto('about:blank')
  await page.goto('/welcome#unknown')
  await expectPage(page, 'This link could not be checked')
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

import { Authenticator, readQR } from './authenticator'
import { expect, test } from './fixtures'
import { expectHome, tabTo } from './steps'

test('set-up from sign-in to the enabled key with the keyboard alone', async ({ page, newPerson }) => {
  const person = await newPerson()
  await page.goto('/sign-in?next=/two-factor')
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
  await tabTo(page, 'textbox', 'User name')
  await page.keyboard.type(person.username)
  await tabTo(page, 'textbox', 'Password')
  await page.keyboard.type(person.password)
  await page.keyboard.press('Enter')

  const heading = page.getByRole('heading', { level: 1, name: 'Two-Factor Authentication' })
  await expect(heading, 'a new page takes the focus to its heading').toBeFocused()
  await tabTo(page, 'button', 'Set Up Authenticator')
  await page.keyboard.press('Enter')
  const authenticator = Authenticator.fromURI(await readQR(page))
  await tabTo(page, 'textbox', 'Code')
  await page.keyboard.type(await authenticator.next())
  await page.keyboard.press('Enter')
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
})

test('the skip link comes first and leads to the content', async ({ page, newPerson }) => {
  const person = await newPerson()
  await page.goto('/sign-in')
  await page.getByLabel('User name').fill(person.username)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.keyboard.press('Enter')
  await expectHome(page)
  await page.reload()
  await expectHome(page)
  await page.keyboard.press('Tab')
  const skip = page.getByRole('link', { name: 'Skip to the content' })
  await expect(skip).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true)
})

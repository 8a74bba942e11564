import { checkScreen } from './kit/screen'
import { expectHome, expectPage, givePassword, signIn, signOut } from './kit/steps'
import { expect, test } from './kit/test'

test('a wrong password and an unknown name get the same answer', async ({ page, newPerson, browserLog }) => {
  const person = await newPerson()
  browserLog.expectStatus(401)
  await page.goto('/sign-in')
  for (const entry of [
    { ...person, password: 'not the right password' },
    { username: 'nobody-has-this-name', password: person.password },
  ]) {
    await givePassword(page, entry)
    const alert = page.getByRole('alert')
    await expect(alert).toContainText('The user name or password is not right.')
    await expect(page).toHaveTitle(/^Error: /)
    await page.reload()
  }
  await givePassword(page, person)
  await expectHome(page)
})

test('empty fields are named and nothing is sent', async ({ page, browserLog }) => {
  const sent: string[] = []
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()))
  await page.goto('/sign-in')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByText('User name: enter your user name.').first()).toBeVisible()
  await expect(page.getByText('Password: enter your password.').first()).toBeVisible()
  browserLog.expectStatus(401)
  await givePassword(page, { username: 'nobody-has-this-name', password: 'some long password' })
  await expect(page.getByRole('alert')).toContainText('The user name or password is not right.')
  expect(sent, 'only the filled form is sent').toHaveLength(1)
})

test('the password can be looked at', async ({ page }) => {
  await page.goto('/sign-in')
  const field = page.getByLabel('Password', { exact: true })
  await field.fill('what I typed')
  await expect(field).toHaveAttribute('type', 'password')
  await page.getByRole('button', { name: 'Show password' }).click()
  await expect(field).toHaveAttribute('type', 'text')
  await page.getByRole('button', { name: 'Hide password' }).click()
  await expect(field).toHaveAttribute('type', 'password')
})

test('the page first asked for opens after the sign-in', async ({ page, newPerson }) => {
  const person = await newPerson()
  await page.goto('/two-factor')
  await expectPage(page, 'Sign in')
  await givePassword(page, person)
  await expectPage(page, 'Two-Factor Authentication')
  await expect(page).toHaveURL('/two-factor')
})

for (const target of [
  'https://example.com/',
  '//example.com/',
  '/\\example.com/',
  'javascript:alert(1)',
  '/api/session',
]) {
  test(`a sign-in never leads to ${target}`, async ({ page, newPerson, baseURL }) => {
    const person = await newPerson()
    await page.goto(`/sign-in?next=${encodeURIComponent(target)}`)
    await givePassword(page, person)
    await expectHome(page)
    await expect(page).toHaveURL(`${baseURL}/`)
  })
}

test('after five wrong passwords there is a wait with a countdown', async ({ page, newPerson, browserLog }) => {
  const person = await newPerson()
  await signIn(page, person)
  await signOut(page)
  browserLog.expectStatus(401, 429)
  for (let failures = 1; failures <= 5; failures++) {
    await givePassword(page, { ...person, password: `not the right password ${failures}` })
    await expect(page.getByRole('alert')).toContainText('The user name or password is not right.')
    await page.reload()
  }
  await givePassword(page, person)
  await expect(page.getByRole('alert')).toContainText('There were too many wrong passwords.')
  await expect(page.getByRole('timer')).toHaveText(/0:[0-3]\d/)
  await checkScreen(page)
})

test('an account made by the operator chooses its own password first', async ({ page, product }) => {
  const first = 'given by the operator'
  await product.command(['user', 'add', 'newcomer'], `${first}\n`)
  await page.goto('/sign-in?next=/two-factor')
  await givePassword(page, { username: 'newcomer', password: first })
  await expect(page.getByText('You have to choose a new password before you can go on.')).toBeVisible()
  await page.goto('/two-factor')
  await expectPage(page, 'Password')
  await page.reload()
  await expect(page.getByLabel('Present password')).toBeFocused()
  await expect(page.getByLabel('Present password')).toHaveAccessibleDescription(
    'Password You have to choose a new password before you can go on.',
  )
  await page.getByLabel('Present password').fill(first)
  await page.getByLabel('New password').fill('chosen by the newcomer')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('Your password is changed.')).toBeVisible()
  await signOut(page)
  await givePassword(page, { username: 'newcomer', password: 'chosen by the newcomer' })
  await expectHome(page)
})

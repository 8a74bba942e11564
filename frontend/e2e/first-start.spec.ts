import { Api } from './kit/api'
import { expectHome, expectPage, givePassword, signOut } from './kit/steps'
import { expect, test } from './kit/test'

const person = { username: 'Ada', password: 'a long sentence nobody guesses' }

test('the printed link makes the first administrator, once', async ({ page, startProduct }) => {
  const product = await startProduct()
  const link = product.setupLink()

  await page.goto(product.url)
  await expect(page.getByText('This server has no administrator yet.')).toBeVisible()
  await page.goto(link)
  await expectPage(page, 'First start')
  await expect(page, 'the one-time key leaves the address bar').not.toHaveURL(/#./)
  await page.getByLabel('User name').fill(person.username)
  await page.getByLabel('Full name').fill('Ada Lovelace')
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Create administrator' }).click()

  await expectPage(page, 'Two-Factor Authentication')
  await expect(page.getByText('The administrator is created, and you are signed in.')).toBeVisible()
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  await expect(page.getByLabel('Code', { exact: true })).toBeVisible()
  await expect(page.getByText('The administrator is created'), 'it would lie over the code').toHaveCount(0)
  await expect(page.getByRole('banner').getByText('Ada Lovelace')).toBeVisible()
  await signOut(page)
  await expect(page.getByText('This server has no administrator yet.')).toHaveCount(0)
  await givePassword(page, person)
  await expectHome(page)
  await signOut(page)

  await page.goto(link)
  await expect(page.getByText('This server has its administrator already.')).toBeVisible()
})

test('if the answer is lost, the page says that the administrator is created', async ({
  page,
  startProduct,
  browserLog,
}) => {
  const product = await startProduct()
  await page.goto(product.setupLink())
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/setup', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    // Its cookies are lost, too.
    const elsewhere = await Api.at(product.url)
    await elsewhere.send('POST', '/api/setup', route.request().postDataJSON())
    await route.abort()
  })
  await page.getByLabel('User name').fill(person.username)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Create administrator' }).click()
  await expect(page.getByText('The administrator is created. Sign in now.')).toBeVisible()
  await page.getByRole('link', { name: 'Go to sign in' }).click()
  await givePassword(page, person)
  await expectHome(page)
})

test('a wrong link, a short password and an empty name make nobody', async ({ page, startProduct, browserLog }) => {
  const product = await startProduct()

  await page.goto(`${product.url}/setup`)
  await expect(page.getByText('Open the whole link that the server printed when it started.')).toBeVisible()

  await page.goto('about:blank')
  await page.goto(product.setupLink())
  const submit = page.getByRole('button', { name: 'Create administrator' })
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await submit.click()
  await expect(page.getByText('User name: choose a user name.').first()).toBeVisible()

  await page.getByLabel('User name').fill(person.username)
  await page.getByLabel('Password', { exact: true }).fill('too short')
  await submit.click()
  await expect(page.getByText('Password: use at least 15 characters.').first()).toBeVisible()
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true')

  browserLog.expectStatus(401)
  await page.goto('about:blank')
  await page.goto(`${product.url}/setup#${'A'.repeat(43)}`)
  await page.getByLabel('User name').fill(person.username)
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await submit.click()
  await expect(page.getByText('This link is not right or too old.')).toBeVisible()
})

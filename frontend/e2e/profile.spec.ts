// What applications see of a person: names, groups and an e-mail address.
import { Administrator } from './kit/administrator'
import { Api } from './kit/api'
import { press } from './kit/keyboard'
import { checkScreen } from './kit/screen'
import { open, signIn } from './kit/steps'
import { createAdministrator, expect, newPerson, test } from './kit/test'

test('role, groups and an address that an administrator has set', async ({ page, newPerson, administrator }) => {
  const person = await newPerson()
  await signIn(page, person)
  await open(page, 'Profile')
  const main = page.getByRole('main')
  await expect(main).toMatchAriaSnapshot(`
    - main:
      - heading "Profile" [level=1]
      - paragraph: User name
      - paragraph: ${person.username}
      - paragraph: Role
      - paragraph: Person
      - textbox "Full name (optional)"
      - heading "What applications see" [level=2]
      - paragraph: Applications that you open with this account see your names, your groups and this e-mail address.
      - term: Groups
      - definition: None
      - term: E-mail address
      - definition: None
  `)
  await expect(main.getByRole('button', { name: /this address|using it/ })).toHaveCount(0)
  await administrator.makeGroups(['planning', 'archive'], [person.username])
  await administrator.setEmail(person.username, `${person.username}@example.com`)
  await page.reload()
  await expect(main.getByRole('definition').nth(0)).toHaveText('archive, planning')
  await expect(main.getByRole('definition').nth(1)).toHaveText(
    `${person.username}@example.com An administrator has set it.`,
  )
  await expect(main.getByRole('button', { name: /this address|using it/ })).toHaveCount(0)
  await checkScreen(page)
})

test('the confirmed address for notices is what applications see, for as long as the person likes', async ({
  page,
  startProduct,
  mailbox,
  browserLog,
}) => {
  const product = await startProduct({ flags: mailbox.flags })
  const administrator = await Administrator.of(product, await createAdministrator(product))
  const [person, other] = [await newPerson(product), await newPerson(product)]
  await signIn(page, person, product.url)
  const api = await Api.in(page, product.url)
  await api.send('PUT', '/api/notice-address', { email: 'ada@example.com', language: 'en' })
  await page.goto(`${product.url}/profile`)
  const address = page.getByRole('definition').nth(1)
  const use = page.getByRole('button', { name: 'Use this address' })
  const stop = page.getByRole('button', { name: 'Stop using it' })
  await expect(address).toHaveText('None')
  await expect(use, 'nobody has confirmed it').toHaveCount(0)
  await api.send('POST', '/api/notice-address/confirm', { code: await mailbox.code('ada@example.com') })
  await page.reload()
  await expect(
    page.getByText('You can let applications see your address for security notices, ada@example.com.'),
  ).toBeVisible()
  await checkScreen(page)

  await administrator.setEmail(other.username, 'ada@example.com')
  browserLog.expectStatus(422, 409)
  await use.click()
  await expect(page.getByRole('alert')).toHaveText(
    'This e-mail address belongs to another account already. Ask an administrator.',
  )
  await expect(page.getByRole('alert')).toBeFocused()
  await administrator.setEmail(other.username, '')

  await press(page, 'button', 'Use this address')
  await expect(address).toHaveText('ada@example.com You have chosen it yourself.')
  await expect(page.getByRole('status').filter({ hasText: 'Applications see this e-mail address now.' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'What applications see' })).toBeFocused()
  await expect(page.getByRole('alert')).toHaveCount(0)
  await expect(use).toHaveCount(0)
  await press(page, 'button', 'Stop using it')
  await expect(address).toHaveText('None')

  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/profile/email', (route) => route.abort())
  await use.click()
  await expect(page.getByRole('alert')).toContainText('nothing was changed. Try again.')
  await page.unroute('**/api/profile/email')
  await page.route('**/api/profile/email', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await use.click()
  await expect(address, 'the answer was lost, the change was made').toContainText('ada@example.com')
  await page.unroute('**/api/profile/email')

  await administrator.setEmail(person.username, 'set@example.com')
  await stop.click()
  await expect(page.getByRole('alert')).toContainText('This page was out of date.')
  await expect(address).toHaveText('set@example.com An administrator has set it.')
  await expect(stop).toHaveCount(0)
})

test.describe('more than five minutes after the sign-in', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('a change of the address asks for the password', async ({ page, movable, browserLog }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    await page.route('**/api/profile', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({
        response: answer,
        json: { ...(await answer.json()), notice_address_confirmed: 'a@example.com' },
      })
    })
    await movable.advance(6)
    await open(page, 'Profile')
    browserLog.expectStatus(403, 409)
    await page.getByRole('button', { name: 'Use this address' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
    await expect(proof).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(proof).toBeHidden()
    await expect(page.getByRole('alert')).toHaveCount(0)
    await page.getByRole('button', { name: 'Use this address' }).click()
    await proof.getByLabel('Password', { exact: true }).fill(person.password)
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await expect(page.getByRole('alert'), 'no address is confirmed there').toContainText('This page was out of date.')
    await page.unrouteAll({ behavior: 'wait' })
  })
})

// Sessions and Activity.
import type { Page } from '@playwright/test'
import { Api } from './kit/api'
import type { Product } from './kit/product'
import { addKey, expectHome, giveCode, open, signIn, signInAsFarAsVerification, signOut } from './kit/steps'
import { expect, newPerson, type Person, test } from './kit/test'

async function signInElsewhere(product: Product, person: Person) {
  const api = await Api.at(product.url)
  await api.signIn(person)
  return api
}

const isSignedIn = async (api: Api) => (await api.state()) === 'signed_in'

test.describe('sessions', () => {
  test('one is ended, then all others', async ({ page, newPerson, product }) => {
    const person = await newPerson()
    await signIn(page, person)
    const others: Api[] = []
    while (others.length < 3) others.push(await signInElsewhere(product, person))
    await open(page, 'Sessions')
    await expect(page.getByText('This session', { exact: true })).toHaveCount(1)
    await expect(page.getByRole('heading', { name: 'Chrome on Linux' })).toBeVisible()
    await expect(page.getByText('127.0.0.1 · Active now')).toBeVisible()
    await expect(page.getByText(/HeadlessChrome/)).toBeHidden()
    await expect(page.getByRole('main').getByRole('heading', { level: 2 }).first()).toHaveText('Chrome on Linux')
    await page.getByText('Browser details').first().click()
    await expect(page.getByText(/HeadlessChrome/)).toBeVisible()

    const end = page.getByRole('button', { name: 'End: Unknown browser' })
    await expect(end).toHaveCount(3)
    await end.first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await expect(end.first()).toBeFocused()
    await end.first().click()
    await dialog.getByRole('button', { name: 'End session' }).click()
    await expect(page.getByText('The session is ended.')).toBeVisible()
    await expect(end).toHaveCount(2)
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
    expect((await Promise.all(others.map(isSignedIn))).filter(Boolean)).toHaveLength(2)

    await page.getByRole('button', { name: 'End all other sessions' }).click()
    await expect(dialog).toContainText('2 other browsers have to sign in again.')
    await dialog.getByRole('button', { name: 'End all other sessions' }).click()
    await expect(page.getByText('All other sessions are ended.')).toBeVisible()
    await expect(end).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'End all other sessions' })).toHaveCount(0)
    expect((await Promise.all(others.map(isSignedIn))).filter(Boolean)).toHaveLength(0)
    await open(page, 'Sessions')
  })

  test('one that has ended meanwhile disappears', async ({ page, newPerson, product, browserLog }) => {
    const person = await newPerson()
    await signIn(page, person)
    const other = await signInElsewhere(product, person)
    await open(page, 'Sessions')
    await expect(page.getByRole('button', { name: 'End: Unknown browser' })).toBeVisible()
    await other.send('DELETE', '/api/session')
    await page.getByRole('button', { name: 'End: Unknown browser' }).click()
    browserLog.expectStatus(404)
    await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click()
    await expect(page.getByRole('button', { name: 'End: Unknown browser' })).toHaveCount(0)
  })
})

test.describe('a copied session cookie', () => {
  async function changePassword(page: Page, { password }: Person) {
    await open(page, 'Password')
    await page.getByLabel('Present password').fill(password)
    await page.getByLabel('New password').fill('a completely new password')
    await page.getByRole('button', { name: 'Change password' }).click()
    await expect(page.getByText('Your password is changed.')).toBeVisible()
  }

  async function pause(page: Page) {
    await page.getByRole('button', { name: 'Disable', exact: true }).click()
    await page.getByRole('button', { name: 'Disable for 1 hour' }).click()
    await expect(page.getByText('Two-factor authentication is disabled until')).toBeVisible()
  }

  async function remove(page: Page) {
    await page.getByRole('button', { name: 'Disable', exact: true }).click()
    await page.getByLabel('Remove the security key completely').check()
    await page.getByRole('button', { name: 'Remove the security key' }).click()
    await expect(
      page.getByText('Every second factor is removed. Delete the entry from your authenticator app.'),
    ).toBeVisible()
  }

  for (const [change, act] of [
    ['a change of password', changePassword],
    ['a pause', pause],
    ['a removal of the key', remove],
  ] as const) {
    test(`is dead after ${change}, while all tabs of the person go on`, async ({ page, newPerson, product }) => {
      const person = await newPerson()
      await signIn(page, person)
      await addKey(page)
      const otherTab = await page.context().newPage()
      await open(otherTab, 'Profile')
      const thief = await Api.withCookiesOf(page, product.url)
      expect(await thief.state()).toBe('signed_in')

      await act(page, person)
      expect(await thief.state()).toBe('anonymous')
      await expect(thief.send('GET', '/api/sessions')).rejects.toThrow(/401/)

      for (const [tab, name] of [
        [otherTab, 'Ada'],
        [page, 'Ada Lovelace'],
      ] as const) {
        await tab.getByRole('navigation').getByRole('link', { name: 'Profile' }).click()
        await tab.getByLabel('Full name').fill(name)
        await tab.getByRole('button', { name: 'Save' }).click()
        await expect(tab.getByText('Saved: Full name.')).toBeVisible()
      }
    })
  }
})

test.describe('activity', () => {
  test('says what happened, by whom, and how far the clock of the phone is off', async ({
    page,
    newPerson,
    browserLog,
  }) => {
    const person = await newPerson()
    await signIn(page, person)
    const authenticator = await addKey(page)
    await signOut(page)
    await signInAsFarAsVerification(page, person)
    browserLog.expectStatus(401)
    await giveCode(page, authenticator.past(4))
    await expect(page.getByLabel('Verification code')).toHaveAttribute('aria-invalid', 'true')
    await giveCode(page, await authenticator.next())
    await expectHome(page)

    await open(page, 'Activity')
    await expect(page.getByRole('heading', { level: 2 })).toHaveText(['Today'])
    const events = page.getByRole('main').getByRole('listitem')
    await expect(events.first()).toContainText('Signed in')
    await expect(events.first()).toContainText('Chrome on Linux · 127.0.0.1')
    await expect(events.first().getByRole('time')).toHaveText(/^\d{1,2}:\d{2}/)
    const refused = events.filter({ hasText: 'Verification refused' })
    await expect(refused).toContainText('The code from the app was not right.')
    await expect(refused).toContainText('The clock of the phone was about 4 minutes slow.')
    await expect(events.filter({ hasText: 'The authenticator app was set up' })).toHaveCount(1)
    await expect(events.last()).toContainText('The account was created')
    await expect(events.last()).toContainText('By the operator')
    await expect(page.getByText('This is everything there is.')).toBeVisible()
  })

  test('older events come page by page, and the focus goes to them', async ({ page, newPerson, product }) => {
    const person = await newPerson()
    await signIn(page, person)
    const other = await signInElsewhere(product, person)
    // Of events that are alike 20 are kept in an hour.
    for (let name = 1; name <= 20; name++) {
      await other.send('PATCH', '/api/profile', { display_name: `name ${name}` })
      await other.send('POST', '/api/two-factor/enrollment', {})
      await other.send('DELETE', '/api/two-factor/enrollment')
    }
    await open(page, 'Activity')
    const events = page.getByRole('main').getByRole('listitem')
    await expect(events).toHaveCount(50)
    await page.getByRole('button', { name: 'Show older' }).click()
    await expect(events.nth(50)).toBeFocused()
    await expect(events.last()).toContainText('The account was created')
    await expect(page.getByRole('button', { name: 'Show older' })).toHaveCount(0)
  })
})

test.describe('a day later', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('events of other days stand under their day', async ({ page, movable }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    await signOut(page)
    await movable.advance(24 * 60)
    await page.clock.setFixedTime(movable.now())
    await signIn(page, person)
    await open(page, 'Activity')
    const days = page.getByRole('heading', { level: 2 })
    await expect(days.nth(0)).toHaveText('Today')
    await expect(days.nth(1)).toHaveText('Yesterday')
  })
})

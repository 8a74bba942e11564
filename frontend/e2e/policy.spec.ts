// Policies: an administrator says who has to have a second factor, and people are told
// in time, by whom and why.
import { randomBytes } from 'node:crypto'
import type { Page } from '@playwright/test'
import { Administrator } from './kit/administrator'
import { Api } from './kit/api'
import { Authenticator, readQR } from './kit/authenticator'
import { press, tabTo, type } from './kit/keyboard'
import { giveBoth, newPersonWithKey, openPerson, row, signInAsAdministrator } from './kit/people'
import type { Product } from './kit/product'
import { checkScreen, expectGerman } from './kit/screen'
import { addCodes, confirmKey, expectHome, expectPage, giveCode, givePassword, open, signOut } from './kit/steps'
import { expect, newPerson, type Person, test } from './kit/test'

test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

const day = 24 * 60
const newGroup = () => `group-${randomBytes(4).toString('hex')}`

/** An administrator, and a person in a group of their own. */
async function begin(product: Product, withKey = false) {
  const administrator = await Administrator.of(product, await newPerson(product, undefined, ['--admin']))
  const group = newGroup()
  const known = withKey ? await newPersonWithKey(product) : { person: await newPerson(product), authenticator: null }
  await administrator.makeGroups([group], [known.person.username])
  return { administrator, group, ...known }
}

/** The days of grace count from then. */
async function joinAgain(administrator: Administrator, { username }: Person, group: string) {
  await administrator.setGroups(username, [])
  await administrator.setGroups(username, [group])
}

/** Signs in on the page Sign in, and stops at the next one. */
async function enter(page: Page, person: Person, path = '/sign-in') {
  await page.goto(path)
  await expectPage(page, 'Sign in')
  await givePassword(page, person)
}

const grace = (page: Page) => page.getByRole('region', { name: 'Set up two-factor authentication' })

test('an administrator tries a policy, saves it, changes it and deletes it', async ({ page, movable }) => {
  const { group, person } = await begin(movable)
  await signInAsAdministrator(page, movable)
  await page.getByRole('link', { name: 'Policy' }).click()
  await expectPage(page, 'Policy')
  await expect(page.getByText('Nobody has an exception.')).toBeVisible()
  await page.getByRole('button', { name: 'Add policy' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add policy' })
  await dialog.getByRole('radio', { name: 'Groups' }).check()
  await dialog.getByRole('button', { name: 'Show what it does' }).click()
  await expect(dialog.getByText('Groups: choose at least one.').first()).toBeVisible()
  await dialog.getByLabel(group).check()
  await dialog.getByLabel('Days of grace').fill('366')
  await dialog.getByRole('button', { name: 'Show what it does' }).click()
  await expect(dialog.getByLabel('Days of grace')).toHaveAccessibleDescription(/from 0 to 365/)
  await dialog.getByLabel('Days of grace').fill('7')
  await dialog.getByLabel('From').fill('')
  await dialog.getByRole('button', { name: 'Show what it does' }).click()
  await expect(dialog.getByLabel('From')).toHaveAccessibleDescription(/choose a day/)
  await dialog.getByLabel('From').fill('2026-01-01')
  await dialog.getByRole('button', { name: 'Show what it does' }).click()
  const result = dialog.getByRole('region', { name: 'What it does' })
  await expect(result).toContainText('It affects 1 person:')
  await expect(result).toContainText('1 has no second factor')
  await expect(result).toContainText(/The first deadline is \d+ \w+ 20\d\d\./)
  await expect(result).toBeFocused()
  await result.getByText('Who does not have what is demanded').click()
  await expect(result).toContainText(person.username)
  await dialog.getByLabel('Days of grace').fill('8')
  await expect(result, 'what is shown is always what is saved').toHaveCount(0)
  await dialog.getByRole('button', { name: 'Show what it does' }).click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  await expect(row(page, group)).toContainText('8 days of grace')
  await expect(row(page, group)).toContainText('from 1 Jan 2026')

  await page.getByRole('button', { name: `Change: Group ${group}` }).click()
  const change = page.getByRole('dialog', { name: 'Change policy' })
  await expect(change.getByLabel('From')).toHaveValue('2026-01-01')
  await change.getByLabel('Days of grace').fill('1')
  await change.getByRole('button', { name: 'Show what it does' }).click()
  await change.getByRole('button', { name: 'Save' }).click()
  await expect(row(page, group)).toContainText('1 day of grace')
  await openPerson(page, person.username)
  await expect(
    page.getByText(
      new RegExp(`^Has to set up a second factor by .*: group ${group}, since this rule was made or changed\\.$`),
    ),
  ).toBeVisible()
  await page.goto('/policy')
  await page.getByRole('button', { name: `Delete: Group ${group}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(row(page, group)).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
})

test('in the days of grace a person is reminded after each sign-in and on every page, and sets it up', async ({
  page,
  movable,
}) => {
  const { administrator, group, person } = await begin(movable)
  await administrator.addPolicy({ audience: 'groups', groups: [group], grace_days: 6 })
  await joinAgain(administrator, person, group)
  await enter(page, person, '/profile')
  await expectPage(page, 'Set up two-factor authentication')
  await expect(page.getByText(/by .* \([56] days left\)\./)).toBeVisible()
  await expect(
    page.getByText(`Your organisation requires two-factor authentication. For: group ${group}, since joining.`),
  ).toBeVisible()
  await page.reload()
  await expectPage(page, 'Profile')
  await expect(grace(page)).toContainText(/Set up two-factor authentication by .* days left\)\./)
  await signOut(page)

  await enter(page, person, '/sessions')
  await page.getByRole('button', { name: /^Later, [56] days left$/ }).click()
  await expectPage(page, 'Sessions')
  for (const name of ['Activity', 'Password'] as const) {
    await open(page, name)
    await expect(grace(page)).toContainText(`group ${group}`)
  }
  await page.goto('/')
  await grace(page).getByRole('link', { name: 'Set Up Authenticator' }).click()
  await expect(page.getByText('Scan the code, then enter what the app shows.')).toBeVisible()
  await page.goto('/')
  await expectHome(page)
  await signOut(page)

  await enter(page, person)
  await page.getByRole('button', { name: 'Set up now' }).click()
  const authenticator = Authenticator.fromURI(await readQR(page), movable.now)
  await confirmKey(page, authenticator)
  await expect(
    page.getByText(`Your organisation requires two-factor authentication. For: group ${group}, since joining.`),
  ).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Two-factor authentication is required' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Disable' })).toHaveCount(0)
  await page.goto('/')
  await expectHome(page)
  await expect(grace(page)).toHaveCount(0)
})

test('after the deadline only the set-up opens, and says why', async ({ page, movable }) => {
  const { administrator, group, person } = await begin(movable)
  await administrator.addPolicy({ audience: 'groups', groups: [group], grace_days: 2 })
  await joinAgain(administrator, person, group)
  await movable.advance(day + day / 2)
  await enter(page, person)
  await expectPage(page, 'Set up two-factor authentication')
  await page.getByRole('button', { name: /^Later, / }).click()
  await expectHome(page)
  await movable.advance(day)
  await enter(page, person, '/profile')
  await expectPage(page, 'Two-Factor Authentication')
  await expect(
    page.getByText(new RegExp(`Two-factor authentication is required since .*: group ${group}, since joining\\.`)),
  ).toBeVisible()
  await page.goto('/profile')
  await expectPage(page, 'Two-Factor Authentication')
  await expect(page.getByRole('navigation', { name: 'Settings' }).getByRole('link')).toHaveCount(1)
})

test('a policy without days of grace ends an open session at once for everything but the set-up', async ({
  page,
  movable,
}) => {
  const { administrator, group, person } = await begin(movable)
  const id = await administrator.addPolicy({ audience: 'groups', groups: [group], grace_days: 30 })
  await enter(page, person)
  await page.getByRole('button', { name: /^Later, / }).click()
  await expectHome(page)
  await administrator.changePolicy(id, 0)
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expectPage(page, 'Two-Factor Authentication')
  await expect(page.getByText(/since this rule was made or changed/)).toBeVisible()
})

test('an exception is given by an administrator, listed, told to the person, and ended', async ({
  page,
  movable,
  openBrowser,
}) => {
  const { administrator, group, person } = await begin(movable)
  await administrator.addPolicy({ audience: 'groups', groups: [group], grace_days: 0 })
  await signInAsAdministrator(page, movable)
  await openPerson(page, person.username)
  await expect(page.getByText(/^Had to set up a second factor by/)).toBeVisible()
  await page.getByRole('button', { name: 'Give exception' }).click()
  const dialog = page.getByRole('dialog', { name: 'Exception' })
  await dialog.getByRole('button', { name: 'Give exception' }).click()
  await expect(dialog.getByLabel('Reason')).toHaveAccessibleDescription(/say why/)
  await expect(dialog.getByLabel('Last day')).toHaveAccessibleDescription(/within 89 days/)
  await dialog.getByLabel('Reason').fill('On a ship until spring')
  const inDays = (days: number) => new Date(movable.now() + days * 86_400_000).toISOString().slice(0, 10)
  for (const wrong of [-1, 90]) {
    await dialog.getByLabel('Last day').fill(inDays(wrong))
    await dialog.getByRole('button', { name: 'Give exception' }).click()
    await expect(dialog.getByLabel('Last day')).toHaveAccessibleDescription(/within 89 days/)
  }
  await dialog.getByLabel('Last day').fill(inDays(89))
  await dialog.getByRole('button', { name: 'Give exception' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText(/^Need not have a second factor until/)).toBeVisible()
  await expect(page.getByText('On a ship until spring')).toBeVisible()

  const their = await openBrowser()
  await enter(their, person)
  await expectHome(their)
  await open(their, 'Two-Factor Authentication')
  await expect(their.getByText(/^There is an exception for you until/)).toBeVisible()

  await page.goto('/policy')
  const listed = page.getByRole('table', { name: 'Exceptions' }).getByRole('row', { name: person.username })
  await expect(listed).toContainText('On a ship until spring')
  await listed.getByRole('button', { name: /^End/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End exception' }).click()
  await expect(listed).toHaveCount(0)
  await their.reload()
  await expect(their.getByText(/^Two-factor authentication is required since/)).toBeVisible()
})

test('a pause ends at the deadline at the latest, and a new one is refused', async ({ page, movable }) => {
  const { administrator, group, person, authenticator } = await begin(movable, true)
  if (!authenticator) throw new Error('there is no key')
  await page.goto('/sign-in')
  await giveBoth(page, person, () => authenticator.next())
  const api = await Api.in(page)
  await api.send('POST', '/api/two-factor/disable', { mode: 'pause', for: 'open' })
  await administrator.addPolicy({ audience: 'groups', groups: [group], grace_days: 2 })
  await page.goto('/profile')
  await expect(page.getByText(/From then on your organisation asks for two-factor authentication\./)).toBeVisible()
  await open(page, 'Two-Factor Authentication')
  await expect(page.getByRole('heading', { name: 'Two-factor authentication is required' })).toBeVisible()
  await signOut(page)
  await movable.advance(2 * day + 1)
  await enter(page, person)
  await expectPage(page, 'Verification')
})

test('a policy that all of its people meet already says so', async ({ page, movable }) => {
  const { person } = await signInAsAdministrator(page, movable)
  await addCodes(page, movable.url)
  const group = newGroup()
  const colleague = await Administrator.of(movable, await newPerson(movable, undefined, ['--admin']))
  await colleague.makeGroups([group], [person.username])
  await page.goto('/policy')
  await page.getByRole('button', { name: 'Add policy' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add policy' })
  await dialog.getByRole('radio', { name: 'Groups' }).check()
  await dialog.getByLabel(group).check()
  await dialog.getByRole('button', { name: 'Show what it does' }).click()
  await expect(dialog.getByRole('region', { name: 'What it does' })).toContainText(
    'It affects 1 person, who has what is demanded already.',
  )
})

test('an administrator who does not meet a policy cannot save it', async ({ page, movable, browserLog }) => {
  await signInAsAdministrator(page, movable)
  const api = await Api.in(page)
  await page.goto('/policy')
  await page.getByRole('button', { name: 'Add policy' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add policy' })
  await dialog.getByRole('radio', { name: 'Helpers and administrators' }).check()
  await dialog.getByRole('button', { name: 'Show what it does' }).click()
  await expect(dialog.getByRole('region', { name: 'What it does' })).toContainText(/It affects \d+ p/)
  await api.send('POST', '/api/two-factor/disable', { mode: 'pause', for: 'hour' })
  browserLog.expectStatus(409)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByRole('alert')).toContainText('Your own account does not meet this policy.')
})

test('a policy that demands keys needs an administrator who has one', async ({ page, movable, browserLog }) => {
  await signInAsAdministrator(page, movable)
  await page.goto('/policy')
  await page.getByRole('button', { name: 'Add policy' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add policy' })
  await dialog.getByRole('radio', { name: 'Helpers and administrators' }).check()
  await dialog.getByRole('button', { name: 'Show what it does' }).click()
  const result = dialog.getByRole('region', { name: 'What it does' })
  await expect(result).toBeVisible()
  await dialog.getByRole('radio', { name: 'A passkey or hardware key' }).check()
  await expect(result, 'what is shown is always what is saved').toHaveCount(0)
  await dialog.getByRole('button', { name: 'Show what it does' }).click()
  await expect(result).toContainText(/(1 has|\d+ have) no passkey or hardware key yet/)
  browserLog.expectStatus(409)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByRole('alert')).toContainText('Your own account does not meet this policy.')
})

test('a person with an app is asked for a key: in the days of grace, and then before anything else', async ({
  page,
  movable,
}) => {
  const { administrator, group, person, authenticator } = await begin(movable, true)
  await movable.command(['policy', 'add', '--group', group, '--grace', '6', '--minimum', 'resistant'])
  await joinAgain(administrator, person, group)
  if (!authenticator) throw new Error('the person has an app')
  await enter(page, person)
  await giveCode(page, await authenticator.next())
  await expectPage(page, 'Add a passkey or hardware key')
  await expect(page.getByText(`which works on no forged page. For: group ${group}, since joining.`)).toBeVisible()
  await checkScreen(page)
  await page.getByRole('button', { name: /^Later, [56] days left$/ }).click()
  await expectHome(page)
  const banner = page.getByRole('region', { name: 'Add a passkey or hardware key' })
  await expect(banner).toContainText(/Add a passkey or hardware key by .* days left\)\./)
  await banner.getByRole('link', { name: 'Add a passkey or hardware key' }).click()
  await expectPage(page, 'Two-Factor Authentication')
  await expect(page.getByText(/^Add a passkey or hardware key by /)).toBeVisible()
  await signOut(page)

  await movable.advance(6 * day)
  await enter(page, person)
  await giveCode(page, await authenticator.next())
  await expectPage(page, 'Two-Factor Authentication')
  await expect(page.getByText(/^A passkey or hardware key is required since /)).toBeVisible()
})

test('with the keyboard alone, a policy is added and a person puts it off', async ({ page, movable, openBrowser }) => {
  const { group, person } = await begin(movable)
  await signInAsAdministrator(page, movable)
  await page.goto('/policy')
  await press(page, 'button', 'Add policy')
  await tabTo(page, 'radio', 'Everybody')
  await page.keyboard.press('ArrowDown')
  await press(page, 'checkbox', group)
  await type(page, 'Days of grace', '3')
  await press(page, 'button', 'Show what it does')
  await expect(page.getByRole('region', { name: 'What it does' })).toBeFocused()
  await press(page, 'button', 'Save')
  await expect(row(page, group)).toContainText('3 days of grace')
  await expect(page.getByRole('button', { name: 'Add policy' })).toBeFocused()

  const their = await openBrowser()
  await enter(their, person)
  await expectPage(their, 'Set up two-factor authentication')
  await press(their, 'button', /^Later, /)
  await expectHome(their)
  await expect(their.getByRole('heading', { level: 1 })).toBeFocused()
})

test('every screen of it for everybody', async ({ page, movable, openBrowser }) => {
  const { administrator, group, person } = await begin(movable)
  await administrator.addPolicy({ audience: 'groups', groups: [group], grace_days: 9 })
  const excepted = await newPerson(movable)
  await administrator.giveException(excepted.username, 20)
  await signInAsAdministrator(page, movable)
  await page.goto('/policy')
  await expect(row(page, excepted.username)).toBeVisible()
  await checkScreen(page)
  await page.getByRole('button', { name: `Change: Group ${group}` }).click()
  await page.getByRole('button', { name: 'Show what it does' }).click()
  await expect(page.getByRole('region', { name: 'What it does' })).toBeVisible()
  await checkScreen(page)
  await openPerson(page, person.username)
  await checkScreen(page)
  await page.getByRole('button', { name: 'Give exception' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await checkScreen(page)

  const their = await openBrowser()
  await enter(their, person)
  await expectPage(their, 'Set up two-factor authentication')
  await checkScreen(their)
  await their.getByRole('button', { name: /^Later/ }).click()
  await expect(grace(their)).toBeVisible()
  await checkScreen(their)
})

test.describe('in German', () => {
  test.use({ locale: 'de-DE' })

  test('every screen of it is in German', async ({ page, movable, openBrowser }) => {
    const { administrator, group, person } = await begin(movable)
    await administrator.addPolicy({ audience: 'groups', groups: [group], grace_days: 9 })
    await joinAgain(administrator, person, group)
    await administrator.giveException((await newPerson(movable)).username, 20)
    await page.goto('/sign-in')
    await page.getByLabel('Benutzername').fill(person.username)
    await page.getByLabel('Passwort', { exact: true }).fill(person.password)
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
    await expectPage(page, 'Zwei-Faktor-Authentifizierung einrichten')
    await expectGerman(page)
    await page.getByRole('button', { name: /^Später, noch [89] Tage$/ }).click()
    await expect(page.getByRole('region', { name: 'Zwei-Faktor-Authentifizierung einrichten' })).toContainText(
      `Gruppe ${group}, seit dem Beitritt`,
    )
    await expectGerman(page)

    const at = await openBrowser()
    const chief = await newPerson(movable, undefined, ['--admin'])
    const api = await Api.in(at, movable.url)
    await api.signIn(chief)
    await api.addKey(movable.now)
    await at.goto('/policy')
    await expectPage(at, 'Richtlinie')
    await expect(at.getByText(`Gruppe ${group}`)).toBeVisible()
    await expect(at.getByText(chief.username).first()).toBeVisible()
    const texts = (await at.getByRole('main').innerText()).replaceAll('On a ship', '')
    expect(texts).not.toMatch(/\b(the|and|until|given|change)\b/i)
    await at.getByRole('button', { name: `Ändern: Gruppe ${group}` }).click()
    await at.getByRole('button', { name: 'Zeigen, was sie bewirkt' }).click()
    await expect(at.getByRole('region', { name: 'Was sie bewirkt' })).toContainText('1 hat keinen zweiten Faktor')
  })
})

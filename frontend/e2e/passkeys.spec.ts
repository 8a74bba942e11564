// Passkeys and hardware keys in the settings: adding, naming, removing and using them.
import type { Page } from '@playwright/test'
import { Administrator } from './kit/administrator'
import { announced, listenToAnnouncements } from './kit/announcements'
import { Api } from './kit/api'
import { Authenticator, readQR } from './kit/authenticator'
import { press } from './kit/keyboard'
import { checkScreen, expectGerman } from './kit/screen'
import {
  addCodes,
  addKey,
  expectHome,
  expectPage,
  open,
  saveCodes,
  signIn,
  signInAsFarAsVerification,
  signInWithCodes,
  signInWithKey,
} from './kit/steps'
import { expect, newPerson as newPersonAt, test } from './kit/test'
import { type KeyKind, VirtualKey } from './kit/virtual-key'

const row = (page: Page, name: string) =>
  page.locator('.row').filter({ has: page.getByRole('heading', { level: 2, name, exact: true }) })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const naming = (page: Page) => page.getByRole('dialog', { name: /^Name your / })
const proof = (page: Page) => page.getByRole('dialog', { name: 'Confirm it is you' })
const codes = (page: Page) => page.getByRole('region', { name: 'Backup codes' })

/** Adds a key on the page and leaves it without a name. */
async function add(page: Page, name: string) {
  await button(page, name).click()
  await naming(page).getByRole('button', { name: 'Skip' }).click()
  await expect(naming(page)).toHaveCount(0)
}

/** An account whose only second factor is a key, at Two-Factor Authentication. */
async function signInWithOnly(page: Page, newPerson: Parameters<typeof signInWithKey>[1], kind: KeyKind, url = '') {
  const person = await newPerson()
  await signIn(page, person, url)
  const key = await VirtualKey.in(page, kind)
  await key.addTo(page, kind, url)
  await page.goto(`${url}/two-factor`)
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
  return { person, key }
}

test('a passkey may be the first factor, and leads into backup codes', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await VirtualKey.in(page, 'passkey')
  await open(page, 'Two-Factor Authentication')
  await expect(button(page, 'Set Up Authenticator')).toBeVisible()
  await checkScreen(page)
  await button(page, 'Add a passkey').click()
  const dialog = naming(page)
  await expect(dialog).toHaveAccessibleName('Name your passkey')
  await expect(dialog.getByLabel('Name')).toBeFocused()
  await checkScreen(page)
  await dialog.getByLabel('Name').fill('Laptop')
  await dialog.getByRole('button', { name: 'Save name' }).click()
  await expect(page.getByText('Two-factor authentication is enabled. Now save backup codes.')).toBeVisible()
  await expect(codes(page)).toBeFocused()
  await expect(page.getByRole('heading', { name: 'Almost done: save your backup codes' })).toBeVisible()
  await expect(row(page, 'Laptop')).toContainText(/Passkey · added \d+ \w+ \d+ · never used/)
  await button(page, 'Generate Backup Codes').click()
  await saveCodes(page)
  await expect(page.getByRole('heading', { name: 'Your account is protected' })).toBeVisible()
  await expect(page.getByLabel('Phone name'), 'there is no phone').toHaveCount(0)
  await checkScreen(page)
})

test('a hardware key is added beside the app, named, renamed and removed', async ({ page, newPerson, openBrowser }) => {
  const { person, authenticator } = await signInWithCodes(page, newPerson)
  await expect(row(page, 'Authenticator app').getByRole('button')).toHaveText(['Move to Different Phone'])
  await VirtualKey.in(page, 'hardware_key')
  await button(page, 'Add a hardware key').click()
  await expect(naming(page)).toHaveAccessibleName('Name your hardware key')
  await naming(page).getByRole('button', { name: 'Skip' }).click()
  await expect(page.getByText('The hardware key is added.')).toBeVisible()
  await expect(button(page, 'Add a hardware key')).toBeFocused()
  await expect(row(page, 'Hardware key, USB')).toContainText(/Added \d+ \w+ \d+ · never used/)

  await button(page, 'Add a hardware key').click()
  await expect(row(page, 'Add another way').getByRole('alert')).toHaveText('This key is already yours.')
  await expect(button(page, 'Add a hardware key')).toBeFocused()

  await button(page, 'Rename: Hardware key, USB').click()
  const dialog = page.getByRole('dialog', { name: 'Rename this hardware key' })
  const name = dialog.getByLabel('Name')
  await name.fill('x'.repeat(41))
  await dialog.getByRole('button', { name: 'Save name' }).click()
  await expect(name).toHaveAccessibleDescription('Name: use at most 40 characters.')
  await name.fill('Blue key on the ring')
  await dialog.getByRole('button', { name: 'Save name' }).click()
  await expect(page.getByText('The name is saved.')).toBeVisible()
  await expect(button(page, 'Rename: Blue key on the ring')).toBeFocused()
  await expect(row(page, 'Blue key on the ring')).toContainText('Hardware key, USB · added')

  const other = await openBrowser()
  const api = await Api.in(other)
  await api.signIn(person, await authenticator.next())
  await button(page, 'Remove: Blue key on the ring').click()
  const question = page.getByRole('dialog', { name: 'Remove this hardware key?' })
  await expect(question).toContainText('Blue key on the ring, added')
  await expect(question).toHaveAccessibleDescription(/all other sessions of your account end/)
  await checkScreen(page)
  await question.getByRole('button', { name: 'Remove hardware key' }).click()
  await expect(
    page.getByText('It is removed. All other sessions of your account were ended.', { exact: true }),
  ).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await expect(row(page, 'Blue key on the ring')).toHaveCount(0)
  await expect(row(page, 'Authenticator app').getByRole('button')).toHaveText(['Move to Different Phone'])
  expect(await api.state()).toBe('anonymous')
})

test('where nothing is added, the page says why', async ({ page, newPerson, browserLog }) => {
  await listenToAnnouncements(page)
  await signIn(page, await newPerson())
  const key = await VirtualKey.in(page, 'passkey')
  await open(page, 'Two-Factor Authentication')
  await key.verify(false)
  await button(page, 'Add a passkey').click()
  const alert = page.getByRole('main').getByRole('alert')
  await expect(alert).toHaveText('Nothing was added, because the window of the browser was closed. Try again.')
  await expect(button(page, 'Add a passkey')).toBeFocused()
  expect(await announced(page)).toContain('Nothing was added, because the window of the browser was closed. Try again.')
  await checkScreen(page)

  // The dialog of the browser stays open until the authenticator is gone.
  await key.verify(true)
  await key.touch(false)
  await button(page, 'Add a passkey').click()
  await expect(page.getByRole('status').getByText('Your browser now tells you what to do.')).toBeVisible()
  await expect(alert).toHaveCount(0)
  await expect(button(page, 'Add a hardware key')).toHaveAttribute('aria-disabled', 'true')
  await page.getByRole('link', { name: 'Sessions' }).first().click()
  await expectPage(page, 'Sessions')
  await open(page, 'Two-Factor Authentication')
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()

  browserLog.expectStatus(409)
  await page.route('**/api/two-factor/keys/make', (route) =>
    route.fulfill({ status: 409, contentType: 'application/problem+json', body: '{"code":"too_many_keys"}' }),
  )
  await button(page, 'Add a hardware key').click()
  await expect(alert).toHaveText('You have 20 passkeys and hardware keys, which is the most. Remove one first.')
  await page.unroute('**/api/two-factor/keys/make')

  // The answer was received, but not its own answer.
  await key.touch(true)
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/two-factor/keys', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await button(page, 'Add a passkey').click()
  await naming(page).getByRole('button', { name: 'Skip' }).click()
  await expect(codes(page)).toBeFocused()
})

test('a browser without WebAuthn offers the app alone', async ({ page, newPerson }) => {
  await page.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'))
  await signIn(page, await newPerson())
  await open(page, 'Two-Factor Authentication')
  await expect(button(page, 'Set Up Authenticator')).toBeVisible()
  await expect(page.getByText(/passkey/i)).toHaveCount(0)
  await addKey(page)
  await expect(button(page, 'Move to Different Phone')).toBeVisible()
  await expect(page.getByText(/passkey/i)).toHaveCount(0)
})

test('where a key is demanded and cannot be added, the page says why', async ({ page, newPerson }) => {
  let possible = true
  await page.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'))
  await page.route('**/api/two-factor', async (route) => {
    const answer = await route.fetch()
    const obligation = {
      minimum: 'resistant',
      met: false,
      begins_at: '2026-01-01T00:00:00Z',
      deadline: '2026-01-01T00:00:00Z',
      audience: 'everybody',
      groups: [],
      since: 'start',
      since_at: '2026-01-01T00:00:00Z',
      exception_until: null,
    }
    await route.fulfill({ response: answer, json: { ...(await answer.json()), keys_possible: possible, obligation } })
  })
  await signIn(page, await newPerson())
  await open(page, 'Two-Factor Authentication')
  await expect(page.getByText('This browser cannot use passkeys and hardware keys. Use another browser.')).toBeVisible()
  possible = false
  await page.reload()
  await expect(
    page.getByText('Passkeys and hardware keys cannot be used at this address. Ask the people who run this server.'),
  ).toBeVisible()
})

test('the app is set up beside a key, and removed; the last factor takes the backup codes with it', async ({
  page,
  newPerson,
  browserLog,
}) => {
  browserLog.expectStatus(403) // the server asks for a backup code
  await signInWithOnly(page, newPerson, 'passkey')
  const sheet = await addCodes(page)
  await expect(row(page, 'Authenticator app')).toContainText('Codes from an app on your phone work in every browser.')
  await button(page, 'Set up an authenticator app').click()
  const authenticator = Authenticator.fromURI(await readQR(page))
  await page.getByLabel('Phone name').fill('Pixel 9')
  await page.getByLabel('Code', { exact: true }).fill(await authenticator.next())
  await button(page, 'Verify and Save').click()
  await expect(page.getByText('The authenticator app is set up.')).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await expect(row(page, 'Authenticator app')).toContainText(/Pixel 9 · added \d+ \w+ \d+ · last used today/)

  await button(page, 'Remove: Authenticator app').click()
  await page
    .getByRole('dialog', { name: 'Remove the authenticator app?' })
    .getByRole('button', { name: 'Remove authenticator app' })
    .click()
  // The passkey is new: with one stolen code somebody else could have added it.
  const confirm = page.getByRole('dialog', { name: 'Confirm it is you' })
  await expect(confirm).toContainText('For this, enter a backup code.')
  await confirm.getByLabel('Backup code').fill(sheet[0])
  await confirm.getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByText(/The authenticator app is removed\. Delete its entry from the app\./)).toBeVisible()
  await expect(codes(page)).toContainText('You have 9 unused backup codes.')

  await button(page, 'Remove: Passkey').click()
  const question = page.getByRole('dialog', { name: 'Remove this passkey?' })
  await expect(question).toHaveAccessibleDescription(/last second factor.*your backup codes are deleted/)
  await question.getByRole('button', { name: 'Remove passkey' }).click()
  await expect(
    page.getByText(
      'It is removed, and two-factor authentication is off. All other sessions of your account were ended. You can delete the passkey from your device.',
    ),
  ).toBeVisible()
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await expect(button(page, 'Set Up Authenticator')).toBeVisible()
})

test('a key of the old address is marked, and can only be removed', async ({ page, newPerson }) => {
  await signInWithOnly(page, newPerson, 'hardware_key')
  await page.route('**/api/two-factor', async (route) => {
    const answer = await route.fetch()
    const view = await answer.json()
    for (const key of view.keys) key.works = false
    // Of two such keys none works, so each is the last one.
    view.keys.push({ ...view.keys[0], id: view.keys[0].id + 1, name: 'Older key' })
    await route.fulfill({ response: answer, json: view })
  })
  await open(page, 'Two-Factor Authentication')
  await expect(page.getByRole('heading', { name: 'Your key cannot be used' })).toBeVisible()
  await expect(row(page, 'Hardware key, USB')).toContainText(
    'It belongs to the old address of this server and cannot be used any more: remove it.',
  )
  await checkScreen(page)
  await button(page, 'Remove: Hardware key, USB').click()
  const question = page.getByRole('dialog', { name: 'Remove this hardware key?' })
  await expect(question).toHaveAccessibleDescription(/last second factor.*your backup codes are deleted/)
})

test('Remove the security key completely removes passkeys and backup codes', async ({ page, newPerson }) => {
  await signInWithOnly(page, newPerson, 'passkey')
  await addCodes(page)
  await button(page, 'Disable').click()
  const dialog = page.getByRole('dialog', { name: 'Disable two-factor authentication?' })
  const completely = dialog.getByLabel('Remove the security key completely')
  await expect(completely).toHaveAccessibleDescription(/^Removes every second factor and all backup codes\./)
  await completely.check()
  await dialog.getByRole('button', { name: 'Remove the security key' }).click()
  await expect(page.getByText('Every second factor is removed.', { exact: true })).toBeVisible()
  await expect(button(page, 'Add a passkey')).toBeVisible()
})

test('only the keyboard: a passkey is added, renamed and removed', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await VirtualKey.in(page, 'passkey')
  await open(page, 'Two-Factor Authentication')
  await press(page, 'button', 'Add a passkey')
  await expect(naming(page).getByLabel('Name')).toBeFocused()
  await page.keyboard.type('Laptop')
  await page.keyboard.press('Enter')
  await expect(codes(page)).toBeFocused()
  await press(page, 'button', 'Rename: Laptop')
  await expect(page.getByRole('dialog').getByLabel('Name')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(button(page, 'Rename: Laptop')).toBeFocused()
  await press(page, 'button', 'Remove: Laptop')
  await press(page, 'button', 'Remove passkey')
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
})

test.describe('in German, on a phone', () => {
  test.use({ locale: 'de-DE', viewport: { width: 390, height: 844 } })

  test('everything is said in German', async ({ page, newPerson, openBrowser }) => {
    const person = await newPerson()
    await (await Api.in(page)).signIn(person)
    const usb = await VirtualKey.in(page, 'hardware_key')
    await page.goto('/two-factor')
    await expect(button(page, 'Authenticator einrichten')).toBeVisible()
    await expectGerman(page)
    await button(page, 'Hardware-Schlüssel hinzufügen').click()
    const dialog = page.getByRole('dialog', { name: 'Geben Sie dem Hardware-Schlüssel einen Namen' })
    await expect(dialog).toBeVisible()
    await expectGerman(page)
    await dialog.getByRole('button', { name: 'Überspringen' }).click()
    await expect(page.getByText(/^Die Zwei-Faktor-Authentifizierung ist aktiviert\./)).toBeVisible()
    await expect(row(page, 'Hardware-Schlüssel, USB')).toContainText(/Hinzugefügt: \d+\. \p{L}+ \d+ · nie verwendet/u)
    await expectGerman(page)
    await checkScreen(page)
    await button(page, 'Entfernen: Hardware-Schlüssel, USB').click()
    await expect(page.getByRole('dialog', { name: 'Diesen Hardware-Schlüssel entfernen?' })).toBeVisible()
    await expectGerman(page)
    await page.keyboard.press('Escape')
    await usb.remove()

    const passkey = await VirtualKey.in(page, 'passkey')
    await passkey.addTo(page, 'passkey')
    const api = await Api.in(page)
    const set = await api.send('POST', '/api/two-factor/backup-codes', { paper: 'a4', language: 'de' })
    await page.goto('/sessions')
    await expect(page.getByText(/mit einem Hardware-Schlüssel/)).toBeVisible()
    const other = await openBrowser()
    await (await Api.in(other)).signIn(person, set.codes[0])
    await other.goto('/sessions')
    const banner = other.getByRole('region', { name: 'Neue Passkeys und Hardware-Schlüssel' })
    await expect(banner).toContainText(/Zu Ihrem Konto wurde ein Passkey hinzugefügt, heute, \d+:\d+\./)
    await banner
      .getByRole('button', { name: /^Das war ich nicht/ })
      .first()
      .click()
    await expect(other.getByRole('dialog', { name: 'Sie haben diesen Passkey nicht hinzugefügt?' })).toBeVisible()
    await expectGerman(other)
  })
})

test('Not me, from another session: the key is gone, and everybody else is signed out', async ({
  page,
  newPerson,
  openBrowser,
}) => {
  const { person, authenticator } = await signInWithKey(page, newPerson)
  const thief = await openBrowser()
  await (await Api.in(thief)).signIn(person, await authenticator.next())
  const key = await VirtualKey.in(thief, 'passkey')
  await thief.goto('/two-factor')
  await button(thief, 'Add a passkey').click()
  await naming(thief).getByLabel('Name').fill('Backdoor')
  await naming(thief).getByRole('button', { name: 'Save name' }).click()
  await expect(row(thief, 'Backdoor')).toBeVisible()
  await expect(thief.getByRole('region', { name: 'New passkeys and hardware keys' }), 'it is their own').toHaveCount(0)
  await key.remove()
  const usb = await VirtualKey.in(thief, 'hardware_key')
  await add(thief, 'Add a hardware key')
  await usb.remove()

  await page.goto('/password')
  const banner = page.getByRole('region', { name: 'New passkeys and hardware keys' })
  await expect(banner).toContainText(/A passkey was added to your account: Backdoor, today, \d+:\d+\./)
  await expect(banner).toContainText(/A hardware key was added to your account, today, \d+:\d+\./)
  await expect(banner.getByRole('button')).toHaveCount(4)
  await checkScreen(page)
  await banner.getByRole('button', { name: 'Not me: Backdoor' }).click()
  const question = page.getByRole('dialog', { name: 'You did not add this passkey?' })
  await expect(question).toHaveAccessibleDescription(
    /^Backdoor It is removed at once, with backup codes made since an hour before it\./,
  )
  await question.getByRole('button', { name: 'Cancel' }).click()
  await banner.getByRole('button', { name: 'Not me: Backdoor' }).click()
  await question.getByRole('button', { name: 'Remove it' }).click()
  await expect(banner).toBeFocused()
  await expect(banner).toContainText('It is removed, and everybody else is signed out.')
  await expect(banner).not.toContainText('Backdoor')
  await expect(banner).toContainText(/A hardware key was added/)
  expect(await (await Api.in(thief)).state()).toBe('anonymous')

  await page.getByRole('link', { name: 'Two-Factor Authentication' }).first().click()
  await expect(row(page, 'Hardware key, USB')).toBeVisible()
  await expect(row(page, 'Backdoor')).toHaveCount(0)
  await banner.getByRole('button', { name: /^It was me/ }).click()
  await expect(banner).not.toContainText('A hardware key was added')
  await page.reload()
  await expect(banner, 'nobody hides it for good').toContainText('A hardware key was added')
  await banner.getByRole('button', { name: /^Not me/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click()
  await expect(row(page, 'Hardware key, USB'), 'the list below is read again').toHaveCount(0)
  await banner.getByRole('link', { name: 'Change your password.' }).click()
  await expectPage(page, 'Password')
  await banner.getByRole('button', { name: 'Dismiss' }).click()
  await expect(banner).toHaveCount(0)
})

test.describe('with a clock that moves', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('a step-up takes the password and a key together, and says what was wrong', async ({
    page,
    movable,
    browserLog,
  }) => {
    const { person, key } = await signInWithOnly(page, () => newPersonAt(movable), 'passkey')
    const [backup] = await addCodes(page)
    await movable.advance(6)
    browserLog.expectStatus(403, 401)
    const asked: string[] = []
    page.on('request', (request) => request.url().endsWith('/key/ask') && asked.push(request.url()))
    await button(page, 'Generate Backup Codes').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Generate Backup Codes' }).click()
    const dialog = proof(page)
    await expect(dialog).toContainText('For this, enter your password, then use your passkey.')
    await expect(dialog.getByLabel('Password', { exact: true })).toBeFocused()
    await expect(dialog.getByLabel('Verification code')).toHaveCount(0)
    expect(asked, 'the dialog of the browser waits for a button').toEqual([])
    await checkScreen(page)

    await dialog.getByRole('button', { name: 'Use your passkey' }).click()
    await expect(dialog.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true')
    expect(asked, 'nothing is asked without a password').toEqual([])
    await dialog.getByLabel('Password', { exact: true }).fill('wrong password')
    await dialog.getByRole('button', { name: 'Use your passkey' }).click()
    await expect(dialog.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/not right/)
    await dialog.getByLabel('Password', { exact: true }).fill(person.password)
    await key.verify(false)
    await dialog.getByRole('button', { name: 'Use your passkey' }).click()
    await expect(dialog.getByRole('alert')).toContainText('No passkey or key was used.')
    await expect(dialog.getByRole('alert')).toBeFocused()
    await key.verify(true)
    await dialog.getByRole('button', { name: 'Use your passkey' }).click()
    await saveCodes(page)

    await movable.advance(6)
    await button(page, 'Remove: Passkey').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove passkey' }).click()
    await dialog.getByText('Another way').click()
    await dialog.getByRole('button', { name: 'Backup code', exact: true }).click()
    await expect(dialog).toContainText('For this, enter your password and a backup code.')
    const field = dialog.getByLabel('Backup code')
    await expect(field).toBeFocused()
    await expect(dialog.getByRole('button', { name: /^Type a / })).toHaveCount(0)
    await dialog.getByLabel('Password', { exact: true }).fill(person.password)
    await field.fill('123456')
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await expect(field).toHaveAccessibleDescription(/enter all 16 letters and digits/)
    await field.fill(backup)
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await expect(field).toHaveAccessibleDescription(/from an older set/)
    await dialog.getByText('Another way').click()
    await dialog.getByRole('button', { name: 'Passkey', exact: true }).click()
    await expect(dialog.getByRole('button', { name: 'Use your passkey' })).toBeFocused()
    await dialog.getByRole('button', { name: 'Use your passkey' }).click()
    await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  })

  test('Not me asks for the password once that is older than five minutes', async ({
    page,
    movable,
    openBrowser,
    browserLog,
  }) => {
    const person = await newPersonAt(movable)
    await signIn(page, person)
    const authenticator = await addKey(page, movable.now)
    const thief = await openBrowser()
    await (await Api.in(thief)).signIn(person, await authenticator.next())
    await thief.goto('/')
    await VirtualKey.in(thief, 'passkey').then((key) => key.addTo(thief, 'passkey'))
    await movable.advance(6)
    const later = await openBrowser()
    await (await Api.in(later)).signIn(person, await authenticator.next())
    await later.goto('/two-factor')
    const notices = later.getByRole('region', { name: 'Security notices' })
    await expect(notices).toContainText('If that was not you, choose “Not me” above.')
    await page.goto('/two-factor')
    browserLog.expectStatus(403)
    await page.getByRole('button', { name: /^Not me/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click()
    await expect(proof(page)).toContainText('For this, enter your password again.')
    await proof(page).getByLabel('Password', { exact: true }).fill(person.password)
    await proof(page).getByRole('button', { name: 'Confirm' }).click()
    await expect(page.getByText('It is removed, and everybody else is signed out.')).toBeVisible()
  })

  test('beside the app a new key is not asked for; after three days nothing else is', async ({
    page,
    movable,
    browserLog,
  }) => {
    const person = await newPersonAt(movable)
    await signIn(page, person)
    const authenticator = await addKey(page, movable.now)
    await addCodes(page)
    const key = await VirtualKey.in(page, 'hardware_key')
    await key.addTo(page, 'hardware_key')
    await page.reload()
    browserLog.expectStatus(403)
    await movable.advance(6)
    await button(page, 'Add a passkey').click()
    const dialog = proof(page)
    await expect(dialog.getByLabel('Verification code')).toBeVisible()
    await expect(dialog.getByText('Another way')).toHaveCount(0)
    await page.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
    await expect(button(page, 'Add a passkey')).toBeFocused()
    await expect(page.getByRole('main').getByRole('alert'), 'there is nothing to report').toHaveCount(0)

    await movable.advance(73 * 60)
    await (await Api.in(page)).signIn(person, await authenticator.next())
    await open(page, 'Two-Factor Authentication')
    await button(page, 'Remove: Hardware key, USB').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove hardware key' }).click()
    await expect(dialog).toContainText('For this, connect your hardware key or hold it to the device, then touch it.')
    await expect(dialog.getByRole('button', { name: 'Use your hardware key' })).toBeFocused()
    await checkScreen(page)
    await dialog.getByText('Another way').click()
    await expect(dialog.getByRole('group').getByRole('button')).toHaveText(['Backup code'])
    await dialog.getByRole('button', { name: 'Use your hardware key' }).click()
    await expect(
      page.getByText('It is removed. All other sessions of your account were ended.', { exact: true }),
    ).toBeVisible()
  })

  test('a pause ends with a key, or with the app, and not with a backup code', async ({ page, movable }) => {
    const person = await newPersonAt(movable)
    await signIn(page, person)
    const authenticator = await addKey(page, movable.now)
    await addCodes(page)
    const key = await VirtualKey.in(page, 'passkey')
    await key.addTo(page, 'passkey')
    const api = await Api.in(page)
    const pause = () => api.send('POST', '/api/two-factor/disable', { mode: 'pause', for: 'hour' })
    await pause()
    await page.goto('/two-factor')
    const dialog = page.getByRole('dialog', { name: 'Enable two-factor authentication' })
    await button(page, 'Enable').first().click()
    await expect(dialog.getByRole('button', { name: 'Use your passkey' })).toBeFocused()
    await checkScreen(page)
    await dialog.getByText('Another way').click()
    await expect(dialog.getByRole('group').getByRole('button')).toHaveText(['Code from the authenticator app'])
    await key.verify(false)
    await dialog.getByRole('button', { name: 'Use your passkey' }).click()
    await expect(dialog.getByRole('alert')).toContainText('No passkey or key was used.')
    await key.verify(true)
    await dialog.getByRole('button', { name: 'Use your passkey' }).click()
    await expect(page.getByText('Enabled', { exact: true })).toBeVisible()

    await pause()
    await page.reload()
    await button(page, 'Enable').first().click()
    await dialog.getByText('Another way').click()
    await dialog.getByRole('button', { name: 'Code from the authenticator app' }).click()
    await expect(dialog.getByLabel('Verification code')).toBeFocused()
    await page.keyboard.type(await authenticator.next())
    await page.keyboard.press('Enter')
    await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  })

  test('an invited person uses a passkey in place of an app', async ({ page, movable }) => {
    const administrator = await Administrator.of(movable, await newPersonAt(movable, undefined, ['--admin']))
    const { link } = await administrator.invite()
    await VirtualKey.in(page, 'passkey')
    await page.goto(link)
    await page.getByLabel('New password').fill('wet leaves over seven roofs')
    await button(page, 'Continue').click()
    await expectPage(page, 'Two-Factor Authentication')
    await expect(page.getByRole('img', { name: /QR/ })).toBeVisible()
    await checkScreen(page)
    await add(page, 'Add a passkey')
    await expect(page.getByRole('dialog', { name: 'Your new backup codes' })).toContainText('Step 3 of 3')
    await saveCodes(page)
    await expectHome(page)
    await expect(page.getByText('Your password and a second factor protect your account.')).toBeVisible()
    await expect(page.getByRole('heading', { name: 'If you lost your key now' })).toBeVisible()
    await page.goto('/two-factor')
    await expect(row(page, 'Passkey')).toBeVisible()
    await expect(button(page, 'Set up an authenticator app'), 'the offered key is gone').toBeVisible()
  })

  test('with a help code a passkey takes the place of everything before', async ({ page, movable }) => {
    const administrator = await Administrator.of(movable, await newPersonAt(movable, undefined, ['--admin']))
    const person = await newPersonAt(movable)
    const before = await Api.at(movable.url)
    await before.signIn(person)
    await before.addKey(movable.now)
    const code = await administrator.helpCode(person.username)
    await VirtualKey.in(page, 'passkey')
    await signInAsFarAsVerification(page, person)
    await page.goto('/help-code')
    await page.getByLabel('Help code').fill(code)
    await button(page, 'Continue').click()
    await expectPage(page, 'Two-Factor Authentication')
    await checkScreen(page)
    await add(page, 'Add a passkey')
    await expect(page.getByRole('dialog', { name: 'Your new backup codes' })).toBeVisible()
    await saveCodes(page)
    await expect(row(page, 'Passkey')).toBeVisible()
    await expect(button(page, 'Set up an authenticator app')).toBeVisible()
    expect(await before.state()).toBe('anonymous')
  })
})

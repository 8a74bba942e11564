// Verification by a passkey or hardware key, and the ways beside it.
import type { Page, Route } from '@playwright/test'
import { announced, listenToAnnouncements } from './kit/announcements'
import { Api } from './kit/api'
import { costOf } from './kit/cost'
import { expectVisibleFocus, press, tabTo } from './kit/keyboard'
import { checkPresentSize, checkScreen, expectGerman } from './kit/screen'
import {
  addKey,
  type Codes,
  expectHome,
  expectPage,
  giveCode,
  givePassword,
  signIn,
  signInAsFarAsVerification,
  signOut,
} from './kit/steps'
import { expect, newPerson as newPersonAt, type Person, test } from './kit/test'
import { type KeyKind, VirtualKey } from './kit/virtual-key'

const lead = {
  passkey: 'Use the passkey of your account: your fingerprint, face or device PIN.',
  hardware_key: 'Connect your hardware key or hold it to the device, then touch it.',
}
const use = { passkey: 'Use your passkey', hardware_key: 'Use your hardware key' }
const refused = 'The answer of the key was not right. Try again, or choose another way.'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const anotherWay = (page: Page) => page.locator('summary').filter({ hasText: 'Another way' })
const others = (page: Page) => page.getByRole('group').getByRole('button')

/** Verification asks for a key of this kind. */
async function expectAsked(page: Page, kind: KeyKind) {
  await expectPage(page, 'Verification')
  await expect(page.getByText(lead[kind])).toBeVisible()
  await expect(button(page, use[kind])).toHaveAccessibleDescription(lead[kind])
  await expect(page.getByRole('textbox')).toHaveCount(0)
}

async function expectRefusal(page: Page, sentence: string | RegExp) {
  const alert = page.getByRole('alert')
  await expect(alert).toContainText(sentence)
  await expect(alert).toBeFocused()
  await expectPage(page, 'Verification')
}

async function choose(page: Page, way: string) {
  await anotherWay(page).click()
  await others(page).filter({ hasText: way }).click()
}

/** An account whose only second factors are these keys, and which is signed in. */
async function withKeys(page: Page, person: Person, kinds: KeyKind[], url = '') {
  await signIn(page, person, url)
  const keys: VirtualKey[] = []
  for (const kind of kinds) {
    const key = await VirtualKey.in(page, kind)
    await key.addTo(page, kind, url)
    keys.push(key)
  }
  return keys as [VirtualKey, VirtualKey]
}

/** Generates and saves backup codes for the account that is signed in. */
async function newCodes(page: Page) {
  const api = await Api.in(page)
  const { codes, number } = await api.send('POST', '/api/two-factor/backup-codes', { paper: 'a4', language: 'en' })
  await api.send('POST', '/api/two-factor/backup-codes/confirm', { number })
  return codes as Codes
}

/** Holds back the answer of the key, as if the dialog were still open. Returns what lets it through. */
async function holdAnswer(page: Page) {
  let release = () => {}
  const released = new Promise<void>((done) => (release = done))
  const held = page.waitForRequest('**/api/sign-in/key')
  await page.route('**/api/sign-in/key', async (route) => {
    await released
    await route.continue()
  })
  return { held, release }
}

/** Ends the session, and comes as far as Verification again. */
async function comeBack(page: Page, person: Person) {
  await page.goto('/')
  await signOut(page)
  await signInAsFarAsVerification(page, person)
}

for (const kind of ['passkey', 'hardware_key'] as const) {
  test(`signing in with a ${kind}: the dialog opens by the button alone`, async ({ page, newPerson }) => {
    const person = await newPerson()
    await withKeys(page, person, [kind])
    await page.goto('/')
    await signOut(page)
    const asked: string[] = []
    page.on('request', (request) => void (request.url().endsWith('/key/ask') && asked.push(request.url())))
    await page.goto('/sign-in')
    await givePassword(page, person)
    await expectAsked(page, kind)
    await page.reload()
    await expectAsked(page, kind)
    await expect(anotherWay(page), 'there is none').toHaveCount(0)
    await expect(page.getByRole('link', { name: 'Lost phone and codes?' })).toBeVisible()
    expect(asked).toEqual([])
    await button(page, use[kind]).click()
    await expectHome(page)
    expect(asked).toHaveLength(1)
  })
}

test('Verification by a key costs at most 8 KB', async ({ page, newPerson, openBrowser, baseURL }) => {
  const maker = await openBrowser(baseURL)
  const person = await newPerson()
  await withKeys(maker, person, ['passkey'])
  const api = await Api.in(page)
  await api.signIn(person)
  await page.goto('/help-code')
  await expectPage(page, 'Lost phone and codes')
  const cost = await costOf(page, async () => {
    await page.getByRole('link', { name: 'Back to verification' }).click()
    await expectAsked(page, 'passkey')
  })
  expect(cost).toBeLessThanOrEqual(8_000)
})

test('the way that was used last comes first; another way leads to the app and back', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  await newCodes(page)
  const passkey = await VirtualKey.in(page, 'passkey')
  await passkey.addTo(page, 'passkey')
  await comeBack(page, person)
  await expectAsked(page, 'passkey')
  await expect(others(page)).toHaveCount(0)
  await anotherWay(page).click()
  await expect(others(page)).toHaveText(['Code from the authenticator app', 'Backup code'])

  await others(page).filter({ hasText: 'authenticator app' }).click()
  const field = page.getByLabel('Verification code')
  await expect(field).toBeFocused()
  await expect(page.getByText("or enter one of the backup codes you've received from ImageMaster.")).toBeVisible()
  await expect(others(page)).toHaveCount(0)
  await choose(page, 'Passkey')
  await expectAsked(page, 'passkey')
  await expect(button(page, use.passkey)).toBeFocused()
  await choose(page, 'Code from the authenticator app')
  await giveCode(page, await authenticator.next())
  await expectHome(page)

  await comeBack(page, person)
  await expect(page.getByLabel('Verification code'), 'the app was used last').toBeVisible()
  await anotherWay(page).click()
  await expect(others(page)).toHaveText(['Passkey'])
  await others(page).click()
  await button(page, use.passkey).click()
  await expectHome(page)
  await comeBack(page, person)
  await expectAsked(page, 'passkey')
})

test('an account with everything can choose between both kinds of keys', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  await addKey(page)
  for (const kind of ['passkey', 'hardware_key'] as const) await (await VirtualKey.in(page, kind)).addTo(page, kind)
  await comeBack(page, person)
  await expectAsked(page, 'hardware_key')
  await choose(page, 'Passkey')
  await expectAsked(page, 'passkey')
  await expect(button(page, use.passkey)).toBeFocused()
  await choose(page, 'Hardware key')
  await expectAsked(page, 'hardware_key')
  await button(page, use.hardware_key).click()
  await expectHome(page)
})

test('the app is lost: the passkey opens the account', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  const passkey = await VirtualKey.in(page, 'passkey')
  await passkey.addTo(page, 'passkey')
  await comeBack(page, person)
  await choose(page, 'Code from the authenticator app')
  await giveCode(page, await authenticator.next())
  await expectHome(page)
  await comeBack(page, person)
  await expect(page.getByLabel('Verification code')).toBeVisible()
  await choose(page, 'Passkey')
  await button(page, use.passkey).click()
  await expectHome(page)
})

test('the key is lost: a backup code opens the account, and the next page leads to the keys', async ({
  page,
  newPerson,
}) => {
  const person = await newPerson()
  const [key] = await withKeys(page, person, ['passkey'])
  const codes = await newCodes(page)
  await comeBack(page, person)
  await expectAsked(page, 'passkey')
  await key.remove()
  await VirtualKey.in(page, 'passkey')
  await button(page, use.passkey).click()
  await expectRefusal(page, 'No passkey or key was used.')
  await choose(page, 'Backup code')
  await expect(page.getByRole('alert')).toHaveCount(0)
  const field = page.getByLabel('Backup code')
  await expect(field).toBeFocused()
  await expect(page.getByText("Enter one of the backup codes you've received from ImageMaster.")).toBeVisible()
  await expect(button(page, 'Type a 6-digit code'), 'there is no app').toHaveCount(0)
  await field.fill(codes[0])
  await button(page, 'Verify').click()
  await expectPage(page, 'You used a backup code')
  await expect(button(page, 'Move to Different Phone')).toHaveCount(0)
  await button(page, 'Remove a lost passkey or hardware key').click()
  await expectPage(page, 'Two-Factor Authentication')
})

test('a dialog that is cancelled, and one that takes too long, have their own sentences', async ({
  page,
  newPerson,
}) => {
  const person = await newPerson()
  const [key] = await withKeys(page, person, ['passkey'])
  await comeBack(page, person)
  await key.verify(false)
  await button(page, use.passkey).click()
  await expectRefusal(
    page,
    'No passkey or key was used. The window was closed, or there is none here that belongs to you. Try again, or choose another way.',
  )
  await expect(page).toHaveTitle(/^Error: /)
  await key.verify(true)

  await key.touch(false)
  await page.route('**/api/sign-in/key/ask', (route) => changeOptions(route, (options) => ({ ...options, timeout: 1 })))
  await button(page, use.passkey).click()
  await expectRefusal(page, 'That took too long. Try again, and confirm within five minutes.')
  await page.unroute('**/api/sign-in/key/ask')
  await key.touch(true)
  await button(page, use.passkey).click()
  await expectHome(page)
})

test('while the dialog is open a second click starts no other, and another way or Cancel closes it', async ({
  page,
  newPerson,
}) => {
  const person = await newPerson()
  const [key] = await withKeys(page, person, ['hardware_key'])
  await newCodes(page)
  await comeBack(page, person)
  await key.touch(false)
  let asked = 0
  page.on('request', (request) => void (request.url().endsWith('/key/ask') && asked++))
  const answer = page.waitForResponse('**/key/ask')
  await button(page, use.hardware_key).dblclick()
  await answer
  await expect(button(page, use.hardware_key)).toHaveAttribute('aria-disabled', 'true')
  await button(page, use.hardware_key).click({ force: true })
  expect(asked).toBe(1)
  await choose(page, 'Backup code')
  await expect(page.getByLabel('Backup code')).toBeFocused()
  await expect(button(page, 'Verify')).not.toHaveAttribute('aria-disabled')
  await expect(page.getByRole('alert')).toHaveCount(0)

  await choose(page, 'Hardware key')
  await button(page, use.hardware_key).click()
  await expect.poll(() => asked).toBe(2)
  await button(page, 'Cancel').click()
  await expectPage(page, 'Sign in')
  await expect(page.getByRole('alert')).toHaveCount(0)
  await key.touch(true)
  await signInAsFarAsVerification(page, person)
  await button(page, use.hardware_key).click()
  await expectHome(page)
})

test('every wrong answer has its own sentence, and the right one still counts', async ({
  page,
  newPerson,
  browserLog,
}) => {
  const person = await newPerson()
  const [key] = await withKeys(page, person, ['passkey'])
  await comeBack(page, person)
  browserLog.expectStatus(401)
  for (const [faults, sentence] of [
    [{ isBogusSignature: true }, refused],
    [{ isBadUP: true }, refused],
    [
      { isBadUV: true },
      'The passkey did not ask for a PIN, a fingerprint or a face. Set one up on the device, then try again.',
    ],
  ] as const) {
    await key.answerWith(faults)
    await button(page, use.passkey).click()
    await expectRefusal(page, sentence)
  }
  await key.answerWith({})
  await button(page, use.passkey).click()
  await expectHome(page)
})

test('a key of somebody else is told apart', async ({ page, newPerson, browserLog }) => {
  const other = await newPerson()
  const [key] = await withKeys(page, other, ['passkey'])
  const id = (await key.credentials())[0]?.credentialId ?? ''
  await page.goto('/')
  await signOut(page)
  const person = await newPerson()
  await signIn(page, person)
  await key.addTo(page, 'passkey')
  await comeBack(page, person)
  browserLog.expectStatus(401)
  await page.route('**/api/sign-in/key/ask', (route) =>
    changeOptions(route, (options) => ({ ...options, allowCredentials: [{ type: 'public-key', id: fromBase64(id) }] })),
  )
  await button(page, use.passkey).click()
  await expectRefusal(page, 'That key does not belong to this account. Use another one, or choose another way.')
})

test('a passkey that a password manager has changed is refused and told apart', async ({
  page,
  newPerson,
  browserLog,
}) => {
  const person = await newPerson()
  const [key] = await withKeys(page, person, ['passkey'])
  await comeBack(page, person)
  await key.becomeCopied()
  browserLog.expectStatus(409)
  await button(page, use.passkey).click()
  await expectRefusal(
    page,
    'Your password manager has changed this passkey. Sign in another way, remove it and add it again.',
  )
})

test('a hardware key whose counter goes back is refused and told apart', async ({ page, newPerson, browserLog }) => {
  const person = await newPerson()
  const [key] = await withKeys(page, person, ['hardware_key'])
  await comeBack(page, person)
  await button(page, use.hardware_key).click()
  await expectHome(page)
  await comeBack(page, person)
  await key.copyTo(page, 'hardware_key', 0)
  await key.remove()
  browserLog.expectStatus(409)
  await button(page, use.hardware_key).click()
  await expectRefusal(
    page,
    'The counter of this key went back: somebody may have a copy. Sign in another way and remove it.',
  )
})

test('ten bad signatures end the sign-in', async ({ page, newPerson, browserLog }) => {
  const person = await newPerson()
  const [key] = await withKeys(page, person, ['hardware_key'])
  await comeBack(page, person)
  await key.answerWith({ isBogusSignature: true })
  browserLog.expectStatus(401)
  for (let time = 1; time <= 9; time++) {
    const answer = page.waitForResponse('**/api/sign-in/key')
    await button(page, use.hardware_key).click()
    expect(await (await answer).json()).toMatchObject({ code: 'key_refused' })
    await expectRefusal(page, refused)
  }
  await button(page, use.hardware_key).click()
  await expectPage(page, 'Sign in')
  await expect(page.getByText(/sign-in has ended\. Start again with your password\./)).toBeVisible()
})

test('two tabs: the request of the second replaces that of the first, and both can try again', async ({
  page,
  context,
  newPerson,
  browserLog,
}) => {
  const person = await newPerson()
  const [key] = await withKeys(page, person, ['passkey'])
  await comeBack(page, person)
  const second = await context.newPage()
  await second.goto('/verify')
  await expectAsked(second, 'passkey')
  await key.copyTo(second, 'passkey')
  const answers = []
  for (const tab of [page, second]) {
    const answer = await holdAnswer(tab)
    await button(tab, use.passkey).click()
    await answer.held
    answers.push(answer)
  }
  browserLog.expectStatus(401, 409)
  answers[0]?.release()
  await expectRefusal(page, refused)
  answers[1]?.release()
  await expectRefusal(second, 'That took too long, or was answered in another tab. Try again.')
  await button(second, use.passkey).click()
  await expectHome(second)
})

test.describe('without WebAuthn', () => {
  test.beforeEach(({ page }) => page.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential')))

  test('keys are not offered, and a code is asked for', async ({ page, newPerson, openBrowser, baseURL }) => {
    const maker = await openBrowser(baseURL)
    const person = await newPerson()
    await signIn(maker, person)
    const authenticator = await addKey(maker)
    await (await VirtualKey.in(maker, 'passkey')).addTo(maker, 'passkey')
    await signInAsFarAsVerification(page, person)
    await expect(page.getByLabel('Verification code')).toBeFocused()
    await expect(anotherWay(page)).toHaveCount(0)
    await expect(button(page, use.passkey)).toHaveCount(0)
    await giveCode(page, await authenticator.next())
    await expectHome(page)
  })

  test('an account that has only keys is told so, and where to go', async ({
    page,
    newPerson,
    openBrowser,
    baseURL,
  }) => {
    const maker = await openBrowser(baseURL)
    const person = await newPerson()
    await withKeys(maker, person, ['passkey', 'hardware_key'])
    await signInAsFarAsVerification(page, person)
    await expect(
      page.getByText(
        'This browser cannot use passkeys and hardware keys. Use another browser. If you have none, follow “Lost phone and codes?” below.',
      ),
    ).toBeVisible()
    await expect(page.getByRole('main').getByRole('button')).toHaveText(['Cancel'])
    await checkScreen(page)
    await page.getByRole('link', { name: 'Lost phone and codes?' }).click()
    await expectPage(page, 'Lost phone and codes')
  })
})

test('keys of another address are told apart', async ({ page, newPerson }) => {
  const person = await newPerson()
  await withKeys(page, person, ['passkey'])
  await page.route('**/api/session', async (route) => {
    if (route.request().method() !== 'GET') return route.fallback()
    const answer = await route.fetch()
    return route.fulfill({ response: answer, json: { ...(await answer.json()), ways: [] } })
  })
  await comeBack(page, person)
  await expect(page.getByText(/belong to another address of this server and do not work here/)).toBeVisible()
  await expect(page.getByRole('main').getByRole('button')).toHaveText(['Cancel'])
})

test('with the keyboard alone, and what a screen reader says', async ({ page, newPerson }) => {
  await listenToAnnouncements(page)
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  const key = await VirtualKey.in(page, 'passkey')
  await key.addTo(page, 'passkey')
  await comeBack(page, person)
  await key.verify(false)
  await tabTo(page, 'button', use.passkey)
  await page.keyboard.press('Enter')
  await expectRefusal(page, 'No passkey or key was used.')
  expect((await announced(page)).filter((said) => said.startsWith('No passkey or key was used.'))).toHaveLength(1)
  await page.keyboard.press('Tab')
  await expect(button(page, use.passkey), 'the button is next').toBeFocused()
  await anotherWay(page).focus()
  await page.keyboard.press('Enter')
  await press(page, 'button', 'Code from the authenticator app')
  await expectVisibleFocus(page)
  await page.keyboard.type(await authenticator.next())
  await page.keyboard.press('Enter')
  await expectHome(page)
})

test('every state in light and dark, on desktop and phone', async ({ page, newPerson, browserLog }) => {
  const person = await newPerson()
  const [, key] = await withKeys(page, person, ['passkey', 'hardware_key'])
  await newCodes(page)
  await comeBack(page, person)
  await expectAsked(page, 'hardware_key')
  await checkScreen(page)
  await anotherWay(page).click()
  await checkScreen(page)
  await anotherWay(page).click()
  await key.answerWith({ isBogusSignature: true })
  browserLog.expectStatus(401)
  await button(page, use.hardware_key).click()
  await expectRefusal(page, refused)
  await checkPresentSize(page)
  await choose(page, 'Backup code')
  await checkPresentSize(page)
})

test.describe('in German, on a phone', () => {
  test.use({ locale: 'de-DE', viewport: { width: 390, height: 844 } })

  test('everything is German and fits', async ({ page, newPerson, browserLog }) => {
    const person = await newPerson()
    const api = await Api.in(page)
    await api.signIn(person)
    await page.goto('/')
    const key = await VirtualKey.in(page, 'hardware_key')
    await key.addTo(page, 'hardware_key')
    await newCodes(page)
    await (await Api.in(page)).send('DELETE', '/api/session')
    await (await Api.in(page)).signIn(person)
    await page.goto('/verify')
    await expectPage(page, 'Bestätigung')
    await page.locator('summary').click()
    await expectGerman(page)
    await checkPresentSize(page)
    await key.answerWith({ isBogusSignature: true })
    browserLog.expectStatus(401)
    await button(page, 'Hardware-Schlüssel verwenden').click()
    await expect(page.getByRole('alert')).toContainText('Die Antwort des Schlüssels war nicht richtig.')
    await expectGerman(page)
    await checkPresentSize(page)
    await key.answerWith({})
    await button(page, 'Hardware-Schlüssel verwenden').click()
    await expectPage(page, /^Willkommen/)
  })
})

test.describe('with a clock that moves', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('an answer after more than five minutes is refused, and the next one counts', async ({
    page,
    movable,
    browserLog,
  }) => {
    const person = await newPersonAt(movable)
    await withKeys(page, person, ['passkey'])
    await comeBack(page, person)
    const answer = await holdAnswer(page)
    await button(page, use.passkey).click()
    await answer.held
    await movable.advance(5.1)
    browserLog.expectStatus(409)
    answer.release()
    await expectRefusal(page, 'That took too long, or was answered in another tab. Try again.')
    await button(page, use.passkey).click()
    await expectHome(page)
  })

  test('a sign-in that ends while the dialog is open says so', async ({ page, movable, browserLog }) => {
    const person = await newPersonAt(movable)
    await withKeys(page, person, ['passkey'])
    await comeBack(page, person)
    const answer = await holdAnswer(page)
    await button(page, use.passkey).click()
    await answer.held
    await movable.advance(10.5)
    browserLog.expectStatus(401)
    answer.release()
    await expectPage(page, 'Sign in')
    await expect(page.getByText(/sign-in has ended\. Start again with your password\./)).toBeVisible()
  })
})

/** Passes the server's answer on with other options for the browser. */
async function changeOptions(route: Route, change: (options: object) => object) {
  const answer = await route.fetch()
  const { options } = await answer.json()
  await route.fulfill({ response: answer, json: { options: JSON.stringify(change(JSON.parse(options))) } })
}

const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString('base64url')

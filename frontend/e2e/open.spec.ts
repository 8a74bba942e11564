// The page that opens an application. The application itself is not ours: its pages are made here.
import { randomBytes } from 'node:crypto'
import type { Page } from '@playwright/test'
import { Administrator, type Application } from './kit/administrator'
import { announced, listenToAnnouncements } from './kit/announcements'
import { Api } from './kit/api'
import { Authenticator, readQR } from './kit/authenticator'
import { press, type } from './kit/keyboard'
import { newPersonWithKey } from './kit/people'
import type { Product } from './kit/product'
import { checkScreen, expectGerman } from './kit/screen'
import {
  addKey,
  confirmKey,
  expectHome,
  expectPage,
  giveCode,
  givePassword,
  saveCodes,
  signIn,
  signInWithKey,
} from './kit/steps'
import { createAdministrator, expect, newPerson, type Person, test } from './kit/test'
import { VirtualKey } from './kit/virtual-key'

const state = 'tXkVd3n0pQ-_aZ4LwYc8r1SgUe7BhJ2mFo5iNqKxC9E'
const deep = '/report/7?x=1&y=%2F+z'

/** Where the gate of an application sends a browser. */
const opening = ({ origin }: Application, query: Record<string, string> = {}) =>
  `/open?${new URLSearchParams({ app: origin, to: deep, state, ...query })}`

/** Answers in place of the application. */
async function standIn(page: Page, { origin }: Application, status = 200) {
  await page.route(`${origin}/**`, (route) =>
    route.fulfill({ status, contentType: 'text/html', body: '<!doctype html><html lang="en"><title>there</title>' }),
  )
}

/** The browser is at the application, with a ticket for the page that was asked for. */
async function expectOpened(page: Page, { origin }: Application, to = deep) {
  await page.waitForURL((url) => url.origin === origin)
  const { pathname, searchParams } = new URL(page.url())
  expect(pathname).toBe('/.imagemaster/done')
  expect(searchParams.get('ticket')).toMatch(/^[\w-]{43}$/)
  expect(searchParams.get('to')).toBe(to)
  return searchParams
}

/** Sign in, Verification and the settings keep the page in their address. */
function expectRemembered(page: Page, path: string, application: Application) {
  const { pathname, searchParams } = new URL(page.url())
  expect(pathname).toBe(path)
  expect(searchParams.get('next')).toBe(opening(application))
}

/** A name for a group or an account that no other test uses. */
const newName = () => `zq-${randomBytes(5).toString('hex')}`

test.describe('an application that asks for the password alone', () => {
  test('opens after a sign-in, also when the sign-in is loaded again', async ({ page, administrator, newPerson }) => {
    const application = await administrator.addApplication()
    await standIn(page, application)
    const person = await newPerson()
    await page.goto(opening(application))
    await expectPage(page, 'Sign in')
    expectRemembered(page, '/sign-in', application)
    await page.reload()
    await expectPage(page, 'Sign in')
    await givePassword(page, person)
    const query = await expectOpened(page, application)
    expect(query.has('again')).toBe(false)
  })

  test('opens at once for a person who is signed in, and Back does not lead to this page', async ({
    page,
    administrator,
    newPerson,
  }) => {
    const application = await administrator.addApplication()
    await standIn(page, application)
    await signIn(page, await newPerson())
    await page.goto(opening(application, { again: '1' }))
    const query = await expectOpened(page, application)
    expect(query.get('again')).toBe('1')
    await page.goBack()
    await expectHome(page)
  })

  test('opens after Verification, which is loaded again meanwhile', async ({ page, administrator, product }) => {
    const application = await administrator.addApplication()
    await standIn(page, application)
    const { person, authenticator } = await newPersonWithKey(product)
    await page.goto(opening(application))
    await givePassword(page, person)
    await expectPage(page, 'Verification')
    await page.reload()
    await expectPage(page, 'Verification')
    expectRemembered(page, '/verify', application)
    await giveCode(page, await authenticator.next())
    await expectOpened(page, application)
  })

  test('opens after a sign-in with a backup code', async ({ page, administrator, product }) => {
    const application = await administrator.addApplication({ factor: 'two' })
    await standIn(page, application)
    const { person, authenticator } = await newPersonWithKey(product)
    const api = await Api.at(product.url)
    await api.signIn(person, await authenticator.next())
    const { codes, number } = await api.send('POST', '/api/two-factor/backup-codes', { paper: 'a4', language: 'en' })
    await api.send('POST', '/api/two-factor/backup-codes/confirm', { number })

    await page.goto(opening(application))
    await givePassword(page, person)
    await giveCode(page, codes[0])
    await expectPage(page, 'You used a backup code')
    await page.getByRole('button', { name: 'Continue' }).click()
    await expectOpened(page, application)

    // A person who makes new codes first comes to the application afterwards.
    await page.context().clearCookies()
    await page.goto(opening(application))
    await givePassword(page, person)
    await giveCode(page, codes[1])
    await expectPage(page, 'You used a backup code')
    await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
    const question = page.getByRole('dialog', { name: 'Generate new backup codes?' })
    await question.getByRole('button', { name: 'Generate Backup Codes' }).click()
    expectRemembered(page, '/two-factor', application)
    await saveCodes(page)
    await expectOpened(page, application)
  })

  test('a page of the application that nobody can come back to becomes its first one', async ({
    page,
    administrator,
    newPerson,
  }) => {
    const application = await administrator.addApplication()
    await standIn(page, application)
    await signIn(page, await newPerson())
    for (const to of ['//evil.example/', '/\\evil.example', '/.imagemaster/done', '/a#b', '/a\nb']) {
      await page.goto(opening(application, { to }))
      await expectOpened(page, application, '/')
    }
  })
})

test('a person who is signed in never sees Sign in while the application opens', async ({
  page,
  administrator,
  newPerson,
}) => {
  const group = await makeGroup(administrator)
  const closed = await administrator.addApplication({ who: 'groups', groups: [group] })
  await signIn(page, await newPerson())
  await page.addInitScript(() => {
    const headings = new Set<string>()
    Object.assign(window, { headings })
    const look = () => {
      const heading = document.querySelector('h1')?.textContent?.trim()
      if (heading) headings.add(heading)
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  const slowly = await page.context().newCDPSession(page)
  await slowly.send('Network.enable')
  await slowly.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 100,
    downloadThroughput: 100_000,
    uploadThroughput: 100_000,
  })
  await page.goto(opening(closed))
  await expectPage(page, `No access to ${closed.name}`)
  expect(await page.evaluate(() => [...(window as unknown as { headings: Set<string> }).headings])).toEqual([
    `No access to ${closed.name}`,
  ])
})

/** Makes a group, and returns its name. */
async function makeGroup(administrator: Administrator, ...members: Person[]) {
  const name = newName()
  await administrator.makeGroups(
    [name],
    members.map(({ username }) => username),
  )
  return name
}

test.describe('while the application opens', () => {
  test('the page says so, and offers a link if the browser stays', async ({ page, administrator, newPerson }) => {
    const application = await administrator.addApplication()
    await standIn(page, application, 204)
    await signIn(page, await newPerson())
    await listenToAnnouncements(page)
    await page.goto(opening(application))
    await expectPage(page, `Opening ${application.name}…`)
    await expect(page).toHaveTitle(`Opening ${application.name}… – ImageMaster`)
    await expect(page.getByRole('link', { name: `Open ${application.name}` })).toHaveCount(0)
    await expect(page.getByText('If nothing happens, go on here.')).toBeVisible()
    await checkScreen(page)
    expect(await announced(page)).toEqual([expect.stringContaining('If nothing happens, go on here.')])

    await page.unroute(`${application.origin}/**`)
    await standIn(page, application)
    await press(page, 'link', `Open ${application.name}`)
    await expectOpened(page, application)
  })

  test('a page that is not of the application is not opened', async ({ page, administrator, newPerson }) => {
    const application = await administrator.addApplication()
    await signIn(page, await newPerson())
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (/evil\.example/.test(new URL(request.url()).hostname)) elsewhere.push(request.url())
    })
    for (const url of [
      'https://evil.example/',
      `${application.origin}.evil.example/`,
      `${application.origin}@evil.example/`,
      `http://${new URL(application.origin).host}/`,
      'javascript:alert(1)',
      '',
    ]) {
      const answer = { state: 'open', application: application.name, address: application.origin, url, needs: [] }
      await page.route('**/api/open', (route) => route.fulfill({ json: answer }))
      await page.goto(opening(application))
      await expectPage(page, 'The application could not be opened')
      await page.unroute('**/api/open')
    }
    expect(elsewhere).toEqual([])
  })
})

test.describe('without a right to the application', () => {
  test('the page names the application, the person and whom to ask', async ({ page, startProduct }) => {
    const product = await startProduct({ flags: ['--help-contact', 'the service desk, room 7'] })
    const first = await createAdministrator(product)
    const administrator = await Administrator.of(product, first)
    const group = await makeGroup(administrator)
    const application = await administrator.addApplication({ who: 'groups', groups: [group] })
    const person = await newPerson(product)
    await page.goto(`${product.url}${opening(application)}`)
    await givePassword(page, person)
    await expectPage(page, `No access to ${application.name}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
    await expect(page).toHaveTitle(`No access to ${application.name} – ImageMaster`)
    const main = page.getByRole('main')
    await expect(main).toContainText(`You are signed in as ${person.username}.`)
    await expect(main).toContainText(
      `This account may not open this page: ${new URL(application.origin).host}/report/7`,
    )
    await expect(main).toContainText('Ask the service desk, room 7.')
    await checkScreen(page)

    await page.getByLabel('Language').selectOption('Deutsch')
    await expectPage(page, `Kein Zugang zu ${application.name}`)
    await page.getByLabel('Sprache').selectOption('English')
    await press(page, 'link', 'Go to Home')
    await expectHome(page)
  })

  test('somebody else can sign in, and comes to the application', async ({ page, administrator, newPerson }) => {
    const [person, other] = [await newPerson(), await newPerson()]
    const group = await makeGroup(administrator, other)
    const application = await administrator.addApplication({ who: 'groups', groups: [group] })
    await standIn(page, application)
    await signIn(page, person)
    await page.goto(opening(application))
    await expect(page.getByRole('main')).toContainText('Ask the people who run this server.')
    await page.getByRole('button', { name: 'Sign in as somebody else' }).click()
    await expectPage(page, 'Sign in')
    expectRemembered(page, '/sign-in', application)
    await givePassword(page, other)
    await expectOpened(page, application)
  })

  test('a sign-out that fails is told', async ({ page, administrator, newPerson, browserLog }) => {
    const group = await makeGroup(administrator)
    const application = await administrator.addApplication({ who: 'groups', groups: [group] })
    await signIn(page, await newPerson())
    await page.goto(opening(application))
    await expectPage(page, `No access to ${application.name}`)
    browserLog.allow(/ERR_FAILED/)
    await page.route('**/api/session', (route) =>
      route.request().method() === 'DELETE' ? route.abort() : route.continue(),
    )
    await page.getByRole('button', { name: 'Sign in as somebody else' }).click()
    await expect(page.getByRole('alert')).toContainText('The server cannot be reached.')
    await expectPage(page, `No access to ${application.name}`)
  })
})

test.describe('an application that asks for factors that were given lately', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  async function signedInLongAgo(page: Page, movable: Product, factor: 'password' | 'two') {
    const administrator = await Administrator.of(movable, await newPerson(movable, undefined, ['--admin']))
    const application = await administrator.addApplication({ factor, max_age_minutes: 5 })
    await standIn(page, application)
    const person = await newPerson(movable)
    await signIn(page, person)
    const authenticator = await addKey(page, movable.now)
    await movable.advance(6)
    return { application, person, authenticator }
  }

  test('the password', async ({ page, movable, browserLog }) => {
    const { application, person } = await signedInLongAgo(page, movable, 'password')
    await page.goto(opening(application))
    await expectPage(page, 'Confirm it is you')
    await expect(page.getByRole('main')).toContainText(
      `For ${application.name} your last confirmation is too long ago. Enter your password again.`,
    )
    const field = page.getByLabel('Password', { exact: true })
    await expect(field).toBeFocused()
    await expect(field).toHaveAccessibleDescription(/^Confirm it is you For Zq-\w+ your last confirmation/)
    await expect(page.getByLabel('Verification code')).toHaveCount(0)
    await checkScreen(page)

    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(field).toHaveAccessibleDescription('Password: enter your password.')
    await expect(page).toHaveTitle('Error: Confirm it is you – ImageMaster')
    browserLog.expectStatus(401)
    await field.fill('not the right password')
    await page.keyboard.press('Enter')
    await expect(field).toHaveAccessibleDescription(/^That password is not right\./)
    await expect(field).toBeFocused()
    await type(page, 'Password', person.password)
    await page.keyboard.press('Enter')
    await expectOpened(page, application)
  })

  test('both, where the answer to them gets lost', async ({ page, movable, browserLog }) => {
    const { application, person, authenticator } = await signedInLongAgo(page, movable, 'two')
    await page.goto(opening(application))
    await expect(page.getByRole('main')).toContainText(
      'Enter your password, and a new code from your authenticator app or a backup code.',
    )
    await checkScreen(page)
    browserLog.allow(/ERR_FAILED/)
    await page.route('**/api/session/step-up', async (route) => {
      await route.fetch()
      await route.abort()
    })
    await page.getByLabel('Password', { exact: true }).fill(person.password)
    await page.getByLabel('Verification code').fill(await authenticator.next())
    await page.getByRole('button', { name: 'Continue' }).click()
    await expectOpened(page, application)
  })

  test('the code, then the other factor, each as it is needed', async ({ page, movable, browserLog }) => {
    const { application, person, authenticator } = await signedInLongAgo(page, movable, 'two')
    const api = await Api.in(page, movable.url)
    await api.send('POST', '/api/session/step-up', { password: person.password })
    await page.goto(opening(application))
    await expect(page.getByRole('main')).toContainText('Enter a new code from your authenticator app or a backup code.')
    await expect(page.getByLabel('Password', { exact: true })).toHaveCount(0)
    const field = page.getByLabel('Verification code')
    await expect(field).toBeFocused()
    browserLog.expectStatus(401)
    await field.fill(authenticator.wrong())
    await page.keyboard.press('Enter')
    await expect(field).toHaveAccessibleDescription(/^That code is not right\./)
    // Meanwhile the password is too old as well.
    await movable.advance(6)
    await field.fill(await authenticator.next())
    await page.keyboard.press('Enter')
    await expect(page.getByLabel('Password', { exact: true })).toBeVisible()
    await expect(field).toHaveCount(0)
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
    await type(page, 'Password', person.password)
    await page.keyboard.press('Enter')
    await expectOpened(page, application)
  })

  test('the password and a passkey, or a code in its place', async ({ page, movable, browserLog }) => {
    const { application, person, authenticator } = await signedInLongAgo(page, movable, 'two')
    const api = await Api.in(page, movable.url)
    await api.send('POST', '/api/session/step-up', { password: person.password, code: await authenticator.next() })
    const passkey = await VirtualKey.in(page, 'passkey')
    await passkey.addTo(page, 'passkey', movable.url)
    await movable.advance(6)
    await page.goto(opening(application))
    const use = page.getByRole('button', { name: 'Use your passkey' })
    await expect(use).toHaveAccessibleDescription(
      `For ${application.name} your last confirmation is too long ago. Enter your password again. Use the passkey of your account: your fingerprint, face or device PIN.`,
    )
    const password = page.getByLabel('Password', { exact: true })
    await expect(password).toBeFocused()
    await expect(page.getByLabel('Verification code')).toHaveCount(0)
    await checkScreen(page)
    const anotherWay = page.locator('summary').filter({ hasText: 'Another way' })
    await anotherWay.click()
    await page.getByRole('button', { name: 'Code from the authenticator app' }).click()
    await expect(page.getByLabel('Verification code')).toBeFocused()
    await expect(page.getByText(/Enter your password, and a new code/)).toBeVisible()
    await anotherWay.click()
    await page.getByRole('button', { name: 'Passkey', exact: true }).click()
    await expect(use).toBeFocused()

    await use.click()
    await expect(password, 'before the dialog opens').toHaveAccessibleDescription('Password: enter your password.')
    await password.fill(person.password)
    await passkey.answerWith({ isBogusSignature: true })
    browserLog.expectStatus(401)
    await use.click()
    await expect(page.getByRole('alert')).toContainText('The answer of the key was not right.')
    await passkey.answerWith({})
    await use.click()
    await expectOpened(page, application)
  })

  test('a key where codes are not enough: one that is too new is told, one that counts opens', async ({
    page,
    movable,
  }) => {
    const { application, person, authenticator } = await signedInLongAgo(page, movable, 'password')
    const api = await Api.in(page, movable.url)
    await api.send('POST', '/api/session/step-up', { password: person.password, code: await authenticator.next() })
    const passkey = await VirtualKey.in(page, 'passkey')
    await passkey.addTo(page, 'passkey', movable.url)
    // The rule asks for it until the key is given.
    let given = false
    page.on('response', (answer) => {
      if (answer.url().endsWith('/api/session/step-up')) given = answer.ok()
    })
    await page.route('**/api/open', async (route) => {
      if (given) return route.fallback()
      const answer = await route.fetch()
      return route.fulfill({
        response: answer,
        json: { ...(await answer.json()), state: 'needs', url: '', needs: ['key'] },
      })
    })
    await page.goto(opening(application))
    await expect(page.getByRole('main')).toContainText(
      `${application.name} wants a passkey or hardware key. Codes are not enough. Yours is too new: a passkey or hardware key counts only from 72 hours after it was added.`,
    )
    await expect(page.getByRole('main').getByRole('button')).toHaveCount(0)
    await checkScreen(page)

    await movable.advance(73 * 60)
    await page.goto(opening(application))
    await givePassword(page, person)
    await page.getByRole('button', { name: 'Use your passkey' }).click()
    await expectPage(page, 'Confirm it is you')
    await expect(page.getByRole('main')).toContainText('Codes are not enough. Use the passkey of your account')
    await expect(page.locator('summary'), 'no code is offered').toHaveCount(0)
    await checkScreen(page)
    await page.getByRole('button', { name: 'Use your passkey' }).click()
    await expectOpened(page, application)
  })

  test('a key that an account with an app does not have', async ({ page, movable }) => {
    const { application } = await signedInLongAgo(page, movable, 'two')
    await page.route('**/api/open', async (route) => {
      const answer = await route.fetch()
      await route.fulfill({ response: answer, json: { ...(await answer.json()), needs: ['set_up'] } })
    })
    await page.goto(opening(application))
    await expectPage(page, `${application.name} needs a passkey or hardware key`)
    await checkScreen(page)
    await page.getByRole('link', { name: 'Add a passkey or hardware key' }).click()
    await expectPage(page, 'Two-Factor Authentication')
  })

  test.describe('in German', () => {
    test.use({ locale: 'de-DE' })

    test('the password', async ({ page, movable }) => {
      const administrator = await Administrator.of(movable, await newPerson(movable, undefined, ['--admin']))
      const application = await administrator.addApplication({ max_age_minutes: 5 })
      const api = await Api.in(page, movable.url)
      await api.signIn(await newPerson(movable))
      await movable.advance(6)
      await page.goto(opening(application))
      await expectPage(page, 'Bestätigen Sie, dass Sie es sind')
      await expectGerman(page)
    })
  })
})

test('during a pause an application that asks for two factors gets a code, and the pause stays', async ({
  page,
  administrator,
  newPerson,
}) => {
  const application = await administrator.addApplication({ factor: 'two' })
  await standIn(page, application)
  const { person, authenticator } = await signInWithKey(page, newPerson)
  const api = await Api.in(page)
  await api.send('POST', '/api/two-factor/disable', { mode: 'pause', for: 'hour' })
  await page.context().clearCookies()
  await page.goto(opening(application))
  await givePassword(page, person)
  await expectPage(page, 'Confirm it is you')
  await expect(page.getByRole('main')).toContainText(
    `${application.name} asks for a second factor. Two-factor authentication stays disabled, as you chose.`,
  )
  await checkScreen(page)
  await page.getByLabel('Verification code').fill(await authenticator.next())
  await page.getByRole('button', { name: 'Continue' }).click()
  await expectOpened(page, application)
  await page.goto('/two-factor')
  await expect(page.getByText('Your account does not ask for a second factor')).toBeVisible()
})

test.describe('an application that asks for a second factor of an account without one', () => {
  test('leads to the set-up, and opens after the backup codes are saved', async ({
    page,
    administrator,
    newPerson,
  }) => {
    const application = await administrator.addApplication({ factor: 'two' })
    await standIn(page, application)
    await signIn(page, await newPerson())
    await page.goto(opening(application))
    await expectPage(page, `${application.name} needs a second factor`)
    await checkScreen(page)
    await press(page, 'link', 'Set up a second factor')
    await expectPage(page, 'Two-Factor Authentication')
    await expect(page.getByRole('main')).toContainText('An application asks for a second factor.')
    await checkScreen(page)
    expectRemembered(page, '/two-factor', application)
    const authenticator = await scanHere(page)
    await page.reload()
    expectRemembered(page, '/two-factor', application)
    await confirmKey(page, authenticator)
    const dialog = page.getByRole('dialog', { name: 'Your new backup codes' })
    await expect(dialog.getByRole('listitem')).toHaveCount(10)
    expectRemembered(page, '/two-factor', application)
    await saveCodes(page)
    await expectOpened(page, application)
  })

  test('opens also when the page is loaded again before the codes are saved', async ({
    page,
    administrator,
    newPerson,
  }) => {
    const application = await administrator.addApplication({ factor: 'two' })
    await standIn(page, application)
    await signIn(page, await newPerson())
    const api = await Api.in(page)
    await api.addKey()
    await page.goto(`/two-factor?${new URLSearchParams({ next: opening(application) })}`)
    await expect(page.getByRole('main')).toContainText('opens by itself once your backup codes are saved.')
    await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
    await saveCodes(page)
    await expectOpened(page, application)

    // Everything is done, in this tab or another one.
    await page.goto(`/two-factor?${new URLSearchParams({ next: opening(application) })}`)
    await page.getByRole('link', { name: 'Go on to the application' }).click()
    await expectOpened(page, application)
  })

  test('opens after a passkey was added as the first factor', async ({ page, administrator, newPerson }) => {
    const application = await administrator.addApplication({ factor: 'two' })
    await standIn(page, application)
    await signIn(page, await newPerson())
    await VirtualKey.in(page, 'passkey')
    await page.goto(`/two-factor?${new URLSearchParams({ next: opening(application) })}`)
    await expect(page.getByRole('main')).toContainText('An application asks for a second factor.')
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Skip' }).click()
    await saveCodes(page)
    await expectOpened(page, application)
  })

  test('opens after a set-up that the organisation asks for first', async ({ page, startProduct }) => {
    const product = await startProduct({ flags: ['--require-two-factor'] })
    const administrator = await Administrator.of(product, await createAdministrator(product))
    const application = await administrator.addApplication()
    await standIn(page, application)
    const [username, first] = [newName(), 'given by the operator']
    await product.command(['user', 'add', username], `${first}\n`)

    await page.goto(`${product.url}${opening(application)}`)
    await givePassword(page, { username, password: first })
    await expectPage(page, 'Password')
    expectRemembered(page, '/password', application)
    await page.reload()
    await page.getByLabel('Present password').fill(first)
    await page.getByLabel('New password').fill('chosen by the newcomer')
    await page.getByRole('button', { name: 'Change password' }).click()
    await expectPage(page, 'Two-Factor Authentication')
    expectRemembered(page, '/two-factor', application)
    // No other page opens, and the way back is kept.
    await page.getByRole('link', { name: 'Home' }).click()
    await expectPage(page, 'Two-Factor Authentication')
    expectRemembered(page, '/two-factor', application)
    const authenticator = await scanHere(page, product.now)
    await confirmKey(page, authenticator)
    await saveCodes(page)
    await expectOpened(page, application)
  })
})

/** Begins the set-up on the present page. */
async function scanHere(page: Page, now = Date.now) {
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  return Authenticator.fromURI(await readQR(page), now)
}

test('after a required new password the application opens', async ({ page, administrator, product }) => {
  const application = await administrator.addApplication()
  await standIn(page, application)
  const [username, first] = [newName(), 'given by the operator']
  await product.command(['user', 'add', username], `${first}\n`)
  await page.goto(opening(application))
  await givePassword(page, { username, password: first })
  await expectPage(page, 'Password')
  await page.getByLabel('Present password').fill(first)
  await page.getByLabel('New password').fill('chosen by the newcomer')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expectOpened(page, application)
})

test.describe('an address that leads to no application', () => {
  test('is told, and Home is offered', async ({ page, newPerson, browserLog }) => {
    browserLog.expectStatus(404)
    await signIn(page, await newPerson())
    await page.goto(opening({ name: '', origin: 'https://nothing-here.example' }))
    await expectPage(page, 'There is no application at this address')
    await checkScreen(page)
    await page.getByRole('link', { name: 'Go to Home' }).click()
    await expectHome(page)
  })

  test('is told to everybody if its query is broken, and nothing is asked', async ({ page, newPerson, baseURL }) => {
    const asked: string[] = []
    page.on('request', (request) => {
      if (request.url() === `${baseURL}/api/open`) asked.push(request.url())
    })
    const broken = [
      '/open',
      '/open?app=https://files.example&to=/',
      `/open?app=https://files.example&to=/&state=${state}A`,
      `/open?app=javascript:alert(1)&to=/&state=${state}`,
      `/open?app=https://files.example/path&to=/&state=${state}`,
      `/open?app=https://files.example&to=${'/x'.repeat(1025)}&state=${state}`,
    ]
    for (const address of broken) {
      await page.goto(address)
      await expectPage(page, 'There is no application at this address')
    }
    await signIn(page, await newPerson())
    for (const address of broken) {
      await page.goto(address)
      await expectPage(page, 'There is no application at this address')
      await page.goto(`/sign-in?${new URLSearchParams({ next: address })}`)
      await expectHome(page)
    }
    expect(asked).toEqual([])
  })
})

test('a server that cannot be reached is told, and the person tries again', async ({
  page,
  administrator,
  newPerson,
  browserLog,
}) => {
  const application = await administrator.addApplication()
  await standIn(page, application)
  await signIn(page, await newPerson())
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/open', (route) => route.abort())
  await page.goto(opening(application))
  await expectPage(page, 'The application could not be opened')
  await expect(page.getByRole('alert')).toContainText('The server cannot be reached.')
  await checkScreen(page)
  await page.unroute('**/api/open')
  await press(page, 'button', 'Try again')
  await expectOpened(page, application)
})

test('a page that was left leads nowhere', async ({ page, administrator, newPerson, browserLog }) => {
  const application = await administrator.addApplication()
  await standIn(page, application)
  await signIn(page, await newPerson())
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/open', (route) => route.abort())
  await page.goto(opening(application))
  await expectPage(page, 'The application could not be opened')
  await page.unroute('**/api/open')
  let release = () => {}
  const released = new Promise<void>((done) => (release = done))
  await page.route('**/api/open', async (route) => {
    await released
    await route.continue()
  })
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('link', { name: 'Go to Home' }).click()
  await expectHome(page)
  const answer = page.waitForResponse('**/api/open')
  release()
  expect(await (await answer).json()).toMatchObject({ state: 'open' })
  await page.getByRole('link', { name: 'Sessions' }).first().click()
  await expectPage(page, 'Sessions')
})

test('a file of the page that does not come at first does not lose the application', async ({
  page,
  administrator,
  newPerson,
  browserLog,
}) => {
  const file = '**/assets/Open-*.js'
  const application = await administrator.addApplication()
  await standIn(page, application)
  const person = await newPerson()
  browserLog.allow(/ERR_FAILED|reading 'default'/)
  await page.goto(opening(application))
  await page.route(file, (route) => route.abort())
  await givePassword(page, person)
  await expectPage(page, 'The server cannot be reached')
  await page.unroute(file)
  await expectOpened(page, application)
})

test('a session that has ended leads to Sign in, and back', async ({ page, administrator, newPerson, browserLog }) => {
  const application = await administrator.addApplication()
  await standIn(page, application)
  const person: Person = await newPerson()
  await signIn(page, person)
  // The page has asked who is signed in; then the session ends.
  let ended = false
  await page.route('**/api/open', async (route) => {
    if (!ended) await (await Api.in(page)).send('DELETE', '/api/session')
    ended = true
    await route.continue()
  })
  browserLog.expectStatus(401)
  await page.goto(opening(application))
  await expectPage(page, 'Sign in')
  expectRemembered(page, '/sign-in', application)
  await expect(page.getByText('Your session has ended.')).toBeVisible()
  await givePassword(page, person)
  await expectOpened(page, application)
})

// Sessions, Activity, Profile, and the row of the page Two-Factor Authentication
// that is saved by itself.
import type { Page } from '@playwright/test'
import { Caller } from './caller'
import { expect, newPerson, type Person, test } from './fixtures'
import { Mailbox } from './mailbox'
import type { Product } from './product'
import { checkScreen, expectNoOverflow } from './screens'
import {
  expectHome,
  generateCodes,
  giveCode,
  givePassword,
  saveCodes,
  setUpKey,
  signIn,
  signInAsFarAsVerification,
  signOut,
} from './steps'

const rooms = {
  'Two-Factor Authentication': '/two-factor',
  Sessions: '/sessions',
  Activity: '/activity',
  Password: '/password',
  Profile: '/profile',
}

async function open(page: Page, name: keyof typeof rooms) {
  await page.goto(rooms[name])
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
}

/** Signs the account in somewhere else. */
async function elsewhere(product: Product, { username, password }: Person) {
  const caller = new Caller(product.url)
  await caller.signIn(username, password)
  return caller
}

const isSignedIn = async (caller: Caller) => (await caller.send('GET', '/api/session')).state === 'signed_in'

test.describe('sessions', () => {
  test('one is ended, then all others', async ({ page, newPerson, product }) => {
    const person = await newPerson()
    await signIn(page, person)
    const others = [
      await elsewhere(product, person),
      await elsewhere(product, person),
      await elsewhere(product, person),
    ]
    await open(page, 'Sessions')
    await expect(page.getByText('This session', { exact: true })).toHaveCount(1)
    await expect(page.getByRole('heading', { name: 'Chrome on Linux' })).toBeVisible()
    await expect(page.getByText('127.0.0.1 · Active now')).toBeVisible()
    await expect(page.getByText(/HeadlessChrome/)).toBeHidden()
    await page.getByText('What the browser calls itself').last().click()
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
    await expect(dialog).toContainText('2 other sessions have to sign in again.')
    await dialog.getByRole('button', { name: 'End all other sessions' }).click()
    await expect(page.getByText('All other sessions are ended.')).toBeVisible()
    await expect(end).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'End all other sessions' })).toHaveCount(0)
    expect((await Promise.all(others.map(isSignedIn))).filter(Boolean)).toHaveLength(0)
    await open(page, 'Sessions')
  })

  test('one that has ended by itself meanwhile is simply gone', async ({ page, newPerson, product, watch }) => {
    const person = await newPerson()
    await signIn(page, person)
    const other = await elsewhere(product, person)
    await open(page, 'Sessions')
    await expect(page.getByRole('button', { name: 'End: Unknown browser' })).toBeVisible()
    await other.send('DELETE', '/api/session')
    await page.getByRole('button', { name: 'End: Unknown browser' }).click()
    watch.expectStatus(404)
    await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click()
    await expect(page.getByRole('button', { name: 'End: Unknown browser' })).toHaveCount(0)
  })
})

test.describe('activity', () => {
  test('says what happened, by whom, and how far the clock of the phone is off', async ({ page, newPerson, watch }) => {
    const person = await newPerson()
    await signIn(page, person)
    const authenticator = await setUpKey(page)
    await signOut(page)
    await signInAsFarAsVerification(page, person)
    watch.expectStatus(401)
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
    await expect(events.filter({ hasText: 'Two-factor authentication was set up' })).toHaveCount(1)
    await expect(events.last()).toContainText('The account was created')
    await expect(events.last()).toContainText('By the operator')
    await expect(page.getByText('This is everything there is.')).toBeVisible()
  })

  test('older events come page by page, and the focus goes to them', async ({ page, newPerson, product }) => {
    const person = await newPerson()
    await signIn(page, person)
    const other = await elsewhere(product, person)
    for (let name = 1; name <= 60; name++) await other.send('PATCH', '/api/profile', { display_name: `name ${name}` })
    await open(page, 'Activity')
    const events = page.getByRole('main').getByRole('listitem')
    await expect(events).toHaveCount(50)
    await page.getByRole('button', { name: 'Show older' }).click()
    await expect(events.nth(50)).toBeFocused()
    await expect(events.last()).toContainText('The account was created')
    await expect(page.getByRole('button', { name: 'Show older' })).toHaveCount(0)
  })
})

test.describe('profile', () => {
  test('the language changes at once and goes with the account', async ({ page, newPerson, browser, product }) => {
    const person = await newPerson()
    await signIn(page, person)
    await open(page, 'Profile')
    const save = page.getByRole('button', { name: 'Save' })
    await expect(save).toBeDisabled()
    await page.getByLabel('Full name').fill('Ada Lovelace')
    await page.getByRole('main').getByLabel('Language').selectOption('Deutsch')
    await save.click()
    await expect(page.getByRole('heading', { level: 1, name: 'Profil' })).toBeVisible()
    await expect(page.getByText('Gespeichert: Vollständiger Name, Sprache.')).toBeVisible()
    await expect(page.locator('html')).toHaveAttribute('lang', 'de')
    await expect(page.getByRole('banner')).toContainText('Ada Lovelace')
    await expect(page.getByRole('button', { name: 'Speichern' })).toBeDisabled()
    await expect(page.getByRole('button', { name: 'Speichern' })).toBeFocused()

    const another = await browser.newPage({ baseURL: product.url, locale: 'en-GB' })
    await another.goto('/sign-in')
    await givePassword(another, person)
    await expect(another.getByRole('heading', { level: 1, name: 'Willkommen, Ada Lovelace' })).toBeVisible()
    await another.close()

    await page.getByRole('main').getByLabel('Sprache').selectOption('Wie der Browser es wünscht')
    await page.getByRole('button', { name: 'Speichern' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Profile' })).toBeVisible()
  })

  test('the theme changes at once, and the button in the header keeps its own choice', async ({ page, newPerson }) => {
    await page.emulateMedia({ colorScheme: 'light' })
    await signIn(page, await newPerson())
    await open(page, 'Profile')
    await page.getByLabel('Appearance').selectOption('Dark')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('Saved: Appearance.')).toBeVisible()
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'night')
    const kept = page.waitForResponse((answer) => answer.request().method() === 'PATCH')
    await page.getByRole('button', { name: 'Switch to the light theme' }).click()
    await kept
    await page.reload()
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'day')
    await expect(page.getByLabel('Appearance')).toHaveValue('day')
    await page.getByLabel('Appearance').selectOption('As the system is set')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('Saved: Appearance.')).toBeVisible()
  })

  test('unsaved changes are held back, a name that is too long is named', async ({ page, newPerson }) => {
    await signIn(page, await newPerson())
    await open(page, 'Profile')
    await page.getByLabel('Full name').fill('x'.repeat(101))
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByLabel('Full name')).toHaveAccessibleDescription('Full name: use at most 100 characters.')
    const asked: string[] = []
    page.once('dialog', (dialog) => {
      asked.push(dialog.message())
      void dialog.dismiss()
    })
    await page.getByRole('link', { name: 'Sessions' }).click()
    expect(asked).toEqual(['Your changes are not saved. Leave anyway?'])
    await expect(page.getByRole('heading', { level: 1, name: 'Profile' })).toBeVisible()
    page.once('dialog', (dialog) => void dialog.accept())
    await page.getByRole('link', { name: 'Sessions' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Sessions' })).toBeVisible()
  })
})

test.describe('the row for notices and phone', () => {
  test('saves what has changed, and says what', async ({ page, newPerson }) => {
    await signIn(page, await newPerson())
    await open(page, 'Two-Factor Authentication')
    const address = page.getByLabel('Security notices go to')
    const save = page.getByRole('button', { name: 'Save', exact: true })
    await expect(address).toHaveAccessibleDescription(/Notices are shown to you at the next sign-in\./)
    await expect(save).toBeDisabled()
    await address.fill('not an address')
    await save.click()
    await expect(address).toHaveAccessibleDescription(/enter an e-mail address such as name@example\.com/)
    await address.fill('ada@example.com')
    await save.click()
    await expect(page.getByText('E-mail address saved.')).toBeVisible()
    await page.reload()
    await expect(address).toHaveValue('ada@example.com')

    await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
    await expect(address, 'the row stays during set-up').toHaveValue('ada@example.com')
    await page.getByRole('button', { name: 'Cancel' }).click()

    await setUpKey(page)
    await address.fill('')
    await page.getByLabel('Phone name').fill('Pixel')
    const asked: string[] = []
    page.once('dialog', (dialog) => {
      asked.push(dialog.message())
      void dialog.dismiss()
    })
    await page.getByRole('link', { name: 'Activity' }).click()
    expect(asked).toEqual(['Your changes are not saved. Leave anyway?'])
    await save.click()
    await expect(page.getByText('E-mail address removed. Phone name saved.')).toBeVisible()
    await page.reload()
    await expect(page.getByLabel('Phone name')).toHaveValue('Pixel')
    await expect(address).toHaveValue('')
  })

  test('what is typed stays while the page around it changes', async ({ page, newPerson }) => {
    await signIn(page, await newPerson())
    await open(page, 'Two-Factor Authentication')
    await page.getByLabel('Security notices go to').fill('ada@example.com')
    await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
    await expect(page.getByRole('button', { name: 'Verify and Save' })).toBeVisible()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByRole('button', { name: 'Set Up Authenticator' })).toBeVisible()
    await expect(page.getByLabel('Security notices go to')).toHaveValue('ada@example.com')
    page.on('dialog', (dialog) => void dialog.accept())
    await page.close()
  })
})

test.describe('where notices are mailed', () => {
  test('an address counts once the code mailed to it was entered', async ({ page, startProduct, watch }) => {
    const mailbox = await Mailbox.start()
    try {
      const product = await startProduct({ flags: mailbox.flags })
      const person = await newPerson(product)
      await page.goto(`${product.url}/sign-in?next=/two-factor`)
      await givePassword(page, person)
      const address = page.getByLabel('Security notices go to')
      const save = page.getByRole('button', { name: 'Save', exact: true })
      const state = async () => (await page.context().request.get(`${product.url}/api/two-factor`)).json()
      await expect(address).toHaveAccessibleDescription(/It hears of every change/)
      await address.fill('ada@example.com')
      await save.click()
      await expect(page.getByText('A code was mailed to ada@example.com.')).toBeVisible()
      expect(await state()).toMatchObject({ notice_address: '', notice_address_pending: 'ada@example.com' })
      const field = page.getByLabel('Code from the mail')
      await checkScreen(page)

      await field.fill('1234')
      await page.getByRole('button', { name: 'Confirm address' }).click()
      await expect(field).toHaveAccessibleDescription(/enter all 8 letters and digits/)
      const first = await mailbox.code('ada@example.com')
      watch.expectStatus(401)
      await field.fill(first === '0000-0000' ? '1111-1111' : '0000-0000')
      await page.getByRole('button', { name: 'Confirm address' }).click()
      await expect(field).toHaveAccessibleDescription('That code is not right. Compare it with the mail.')

      await page.getByRole('button', { name: 'Send a new code' }).click()
      const second = await mailbox.code('ada@example.com', 2)
      await field.fill(second.toLowerCase())
      await page.getByRole('button', { name: 'Confirm address' }).click()
      await expect(page.getByText('The address is confirmed.')).toBeVisible()
      await expect(field).toHaveCount(0)
      await expect(page.getByRole('heading', { level: 2, name: 'Security notices' })).toBeFocused()
      expect(await state()).toMatchObject({ notice_address: 'ada@example.com', notice_address_pending: '' })

      await address.fill('other@example.com')
      await save.click()
      await expect(page.getByText('Until then, notices go to ada@example.com.')).toBeVisible()
      await page.reload()
      await expect(address).toHaveValue('other@example.com')
      await address.fill('ada@example.com')
      await save.click()
      await expect(field, 'naming the present address drops the new one').toHaveCount(0)
      expect(await state()).toMatchObject({ notice_address: 'ada@example.com', notice_address_pending: '' })
    } finally {
      await mailbox.stop()
    }
  })
})

test('notices are dismissed one by one or all at once; during a pause a code is asked for first', async ({
  page,
  newPerson,
  watch,
}) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await setUpKey(page)
  await generateCodes(page)
  await saveCodes(page)
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByRole('button', { name: 'Disable for 1 hour' }).click()
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await signOut(page)
  await signIn(page, person)

  const notices = page.getByRole('region', { name: 'About the safety of your account' })
  const dismiss = notices.getByRole('button', { name: 'Dismiss', exact: true })
  await expect(dismiss).toHaveCount(3)
  await expect(notices).toContainText('1 older notice follows.')
  await expect(notices.getByText(', 127.0.0.1, Chrome on Linux')).toHaveCount(3)
  await checkScreen(page)
  watch.expectStatus(403)
  await dismiss.first().click()
  const question = page.getByRole('dialog', { name: 'Confirm it is you' })
  await question.getByLabel('Verification code').fill(await authenticator.next())
  await question.getByRole('button', { name: 'Confirm' }).click()
  await expect(notices).not.toContainText('older')
  await expect(dismiss).toHaveCount(3)
  await expect(dismiss.first()).toBeFocused()

  await notices.getByRole('button', { name: 'Dismiss all' }).click()
  await expect(notices).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1, name: /^Welcome/ })).toBeVisible()
  await expect(notices).toHaveCount(0)
})

test('password managers learn whose password is changed', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  await open(page, 'Password')
  await expect(page.locator('form input[autocomplete="username"]')).toHaveValue(person.username)
  await expect(page.getByLabel('New password')).toHaveAttribute('autocomplete', 'new-password')
})

test('every page, for everybody', async ({ page, newPerson, product }) => {
  test.setTimeout(480_000)
  const person = await newPerson()
  await signIn(page, person)
  await elsewhere(product, person)
  for (const name of Object.keys(rooms) as (keyof typeof rooms)[]) {
    await open(page, name)
    if (name === 'Sessions') await expect(page.getByRole('button', { name: 'End all other sessions' })).toBeVisible()
    if (name === 'Activity') await expect(page.getByText('This is everything there is.')).toBeVisible()
    await checkScreen(page)
  }
  await open(page, 'Sessions')
  await page.getByRole('button', { name: 'End: Unknown browser' }).click()
  await checkScreen(page)
})

test('German fits on the smallest screen', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await setUpKey(page)
  await page.getByRole('banner').getByLabel('Language').selectOption('Deutsch')
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await page.setViewportSize({ width: 320, height: 640 })
  for (const path of Object.values(rooms)) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expectNoOverflow(page)
  }
  await page.goto('/two-factor')
  for (const button of ['Auf anderes Telefon umziehen', 'Deaktivieren']) {
    await page.getByRole('button', { name: button, exact: true }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
    const tooWide = await page.getByRole('dialog').evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth)
    expect(tooWide, button).toBe(0)
    await page.keyboard.press('Escape')
  }
})

test('each further page costs at most 8 KB', async ({ page, newPerson, baseURL }) => {
  await signIn(page, await newPerson())
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  for (const [name, path] of Object.entries(rooms)) {
    const loaded: Promise<number>[] = []
    const count = async (url: string) => {
      const answer = await page.request.get(url, { headers: { 'Accept-Encoding': 'br' } })
      return Number(answer.headers()['content-length'])
    }
    const listen = (request: { url(): string }) => {
      if (request.url().startsWith(`${baseURL}/assets/`)) loaded.push(count(request.url()))
    }
    page.on('request', listen)
    await page.getByRole('navigation').getByRole('link', { name }).click()
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
    await page.waitForLoadState('networkidle')
    page.off('request', listen)
    const sizes = await Promise.all(loaded)
    expect(sizes.length, path).toBeGreaterThan(0)
    expect(
      sizes.reduce((sum, size) => sum + size, 0),
      path,
    ).toBeLessThanOrEqual(8_000)
  }
})

test.describe('later', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('ending sessions wants the password alone, a new address the code as well', async ({ page, movable, watch }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    const authenticator = await setUpKey(page, movable.now)
    const other = new Caller(movable.url)
    await other.signIn(person.username, person.password)
    await other.send('POST', '/api/sign-in/verify', { code: await authenticator.next() })
    await movable.advance(6)
    await open(page, 'Sessions')
    watch.expectStatus(403)
    await page.getByRole('button', { name: 'End all other sessions' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'End all other sessions' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
    await expect(proof).toContainText('For this, enter your password again.')
    await expect(proof.getByLabel('Verification code')).toHaveCount(0)
    await checkScreen(page)
    await proof.getByLabel('Password', { exact: true }).fill(person.password)
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await expect(page.getByText('All other sessions are ended.')).toBeVisible()

    await open(page, 'Two-Factor Authentication')
    await page.getByLabel('Security notices go to').fill('ada@example.com')
    await page.getByLabel('Phone name').fill('Pixel')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(proof.getByLabel('Password', { exact: true })).toHaveCount(0)
    await page.keyboard.press('Escape')
    await expect(page.getByLabel('Security notices go to'), 'turning away keeps what was typed').toHaveValue(
      'ada@example.com',
    )
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await proof.getByLabel('Verification code').fill(await authenticator.next())
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await expect(page.getByText('E-mail address saved. Phone name saved.')).toBeVisible()
  })

  test('events of other days stand under their day', async ({ page, movable }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    await signOut(page)
    await movable.advance(24 * 60)
    await page.clock.setFixedTime(movable.now())
    await signIn(page, person)
    await open(page, 'Activity')
    await expect(page.getByRole('heading', { level: 2 })).toHaveText(['Today', 'Yesterday'])
  })
})

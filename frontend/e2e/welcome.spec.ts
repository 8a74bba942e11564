// The links that an administrator gives: an invitation leads through three steps,
// a link for another password opens no session.
import type { BrowserContext, Page } from '@playwright/test'
import { Administrator } from './kit/administrator'
import { announced, listenToAnnouncements } from './kit/announcements'
import { Api } from './kit/api'
import { Authenticator, readQR } from './kit/authenticator'
import { press, tabTo, type } from './kit/keyboard'
import { expectNoOverflow } from './kit/screen'
import { addKey, expectHome, expectPage, giveCode, givePassword, saveCodes, signIn, signOut } from './kit/steps'
import { createAdministrator, expect, newPerson, test } from './kit/test'

const password = 'wet leaves over seven roofs'
const field = (page: Page) => page.getByLabel('New password')
const step = (page: Page, sentence: string) => page.getByRole('main').getByText(sentence, { exact: true })
const codes = (page: Page) => page.getByRole('dialog', { name: 'Your new backup codes' })

/** Opens a link anew, also in a tab that shows its page already. */
async function open(page: Page, link: string) {
  await page.goto('about:blank')
  await page.goto(link)
}

async function choose(page: Page, chosen = password) {
  await field(page).fill(chosen)
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** Chooses the password and stops at the second step. */
async function chooseAndScan(page: Page) {
  await choose(page)
  await expectPage(page, 'Two-Factor Authentication')
  return Authenticator.fromURI(await readQR(page))
}

async function giveFirstCode(page: Page, authenticator: Authenticator) {
  await page.getByLabel('Code', { exact: true }).fill(await authenticator.next())
  await page.getByRole('button', { name: 'Verify and Save' }).click()
}

/** The token of a link stands in no place that outlives the page, and nowhere on it. */
async function expectNoTrace(page: Page, context: BrowserContext, link: string) {
  const kept = await page.evaluate(() =>
    JSON.stringify([
      location.href,
      history.state,
      document.title,
      document.referrer,
      document.baseURI,
      (window as unknown as { navigation: { entries(): { url: string }[] } }).navigation
        .entries()
        .map(({ url }) => url),
      { ...localStorage },
      { ...sessionStorage },
      document.body.outerHTML,
    ]),
  )
  const all = kept + JSON.stringify(await context.storageState({ indexedDB: true }))
  expect(all.includes(new URL(link).hash.slice(1)), 'the token is left somewhere').toBe(false)
}

const words = {
  en: {
    steps: ['Step 1 of 3 · password', 'Step 2 of 3 · second factor', 'Step 3 of 3 · backup codes'],
    welcome: 'Welcome, Jonas Huber',
    lead: 'is ready. Choose a password; then you add a second step and save your backup codes.',
    password: 'New password',
    submit: 'Continue',
    later: 'Later',
    save: 'Verify and Save',
    codes: 'Your new backup codes',
    saved: 'I have saved these codes',
    done: 'Done',
    allSet: 'All set. Your account is protected, and your backup codes are saved.',
  },
  de: {
    steps: ['Schritt 1 von 3 · Passwort', 'Schritt 2 von 3 · zweiter Faktor', 'Schritt 3 von 3 · Backup-Codes'],
    welcome: 'Willkommen, Jonas Huber',
    lead: 'ist bereit. Wählen Sie ein Passwort; danach richten Sie einen zweiten Faktor ein und speichern Ihre Backup-Codes.',
    password: 'Neues Passwort',
    submit: 'Weiter',
    later: 'Später',
    save: 'Prüfen und speichern',
    codes: 'Ihre neuen Backup-Codes',
    saved: 'Ich habe diese Codes gespeichert',
    done: 'Fertig',
    allSet: 'Fertig. Ihr Konto ist geschützt, und Ihre Backup-Codes sind gespeichert.',
  },
} as const

for (const [language, locale, viewport] of [
  ['en', 'en-GB', { width: 1280, height: 720 }],
  ['de', 'de-AT', { width: 1280, height: 720 }],
  ['en', 'en-GB', { width: 390, height: 844 }],
  ['de', 'de-AT', { width: 320, height: 640 }],
] as const) {
  test.describe(`${language}, ${viewport.width} px`, () => {
    test.use({ locale, viewport })

    test('an invited person chooses a password, sets up the app and saves the codes', async ({
      page,
      context,
      administrator,
    }) => {
      const w = words[language]
      const button = (name: string) => page.getByRole('button', { name, exact: true })
      const { username, link } = await administrator.invite({ display_name: 'Jonas Huber' })
      await page.goto(link)
      await expectPage(page, w.welcome)
      await expect(page).toHaveTitle(`${w.welcome} – ImageMaster`)
      await expect(page, 'the token leaves the address bar').toHaveURL(/\/welcome$/)
      await expect(step(page, w.steps[0])).toBeVisible()
      await expect(page.getByRole('main')).toContainText(`${username} ${w.lead}`)
      await expect(page.locator('input[autocomplete="username"]'), 'for a password manager').toHaveValue(username)
      await expectNoOverflow(page)
      await page.getByLabel(w.password).fill(password)
      await button(w.submit).click()

      await expect(step(page, w.steps[1])).toBeVisible()
      await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
      await expect(page.getByRole('heading', { level: 1 })).toHaveAccessibleDescription(w.steps[1])
      const code = page.getByLabel('Code', { exact: true })
      await expect(page.getByRole('img', { name: /QR/ }), 'without another click').toBeVisible()
      if (viewport.width > 1000) {
        for (const part of [step(page, w.steps[1]), page.getByRole('img', { name: /QR/ }), code, button(w.save)])
          await expect(part).toBeInViewport({ ratio: 1 })
      }
      await expect(button(w.later)).toBeVisible()
      await expectNoOverflow(page)
      const authenticator = Authenticator.fromURI(await readQR(page))
      await code.fill(await authenticator.next())
      await button(w.save).click()

      const dialog = page.getByRole('dialog', { name: w.codes })
      await expect(dialog.getByText(w.steps[2], { exact: true })).toBeVisible()
      await expect(dialog.getByRole('listitem')).toHaveCount(10)
      await expectNoOverflow(page)
      await expectNoTrace(page, context, link)
      await dialog.getByLabel(w.saved).check()
      await dialog.getByRole('button', { name: w.done }).click()

      await expectPage(page, w.welcome)
      await expect(page).toHaveURL(/\/$/)
      await expect(page.getByRole('status').filter({ hasText: w.allSet })).toBeVisible()
      await expectNoOverflow(page)
      await page.goto('/two-factor')
      await expect(page.getByRole('region', { name: 'Backup' })).toContainText('10')
      await expect(page.getByText(w.steps[2]), 'the steps are over').toHaveCount(0)

      const elsewhere = await Api.in(page)
      await elsewhere.send('DELETE', '/api/session')
      expect(await elsewhere.signIn({ username, password }, await authenticator.next())).toBe('second_factor')
      expect(await elsewhere.state()).toBe('signed_in')
    })
  })
}

test('the token is nowhere to be found, on none of the steps', async ({ page, context, administrator }) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('framenavigated', (frame) => asked.push(frame.url()))
  const { link } = await administrator.invite()
  const token = new URL(link).hash.slice(1)
  expect(token.length).toBeGreaterThan(20)
  await page.goto(link)
  await expect(field(page)).toBeVisible()
  await expectNoTrace(page, context, link)
  await page.goto('/sign-in')
  await expectPage(page, 'Sign in')
  await page.goBack()
  await expectPage(page, 'Open the whole link')
  await expect(page).toHaveURL(/\/welcome$/)
  await open(page, link)
  const authenticator = await chooseAndScan(page)
  await expectNoTrace(page, context, link)
  await giveFirstCode(page, authenticator)
  await expect(codes(page)).toBeVisible()
  await expectNoTrace(page, context, link)
  const opened = asked.filter((url) => url.includes(token))
  expect(
    opened.filter((url) => url !== link),
    'in no other address than the link itself',
  ).toEqual([])
})

test('by keyboard alone', async ({ page, administrator }) => {
  const { link } = await administrator.invite({ display_name: 'Jonas' })
  await page.goto(link)
  await expect(field(page), 'the cursor begins in the field').toBeFocused()
  await expect(field(page)).toHaveAccessibleDescription(/^Step 1 of 3 · password Welcome, Jonas At least 15/)
  await page.keyboard.press('Enter')
  await expect(field(page)).toBeFocused()
  await expect(field(page)).toHaveAccessibleDescription('New password: enter the password you want to use.')
  await expect(page).toHaveTitle(/^Error: Welcome, Jonas – /)
  await page.keyboard.type('too short')
  await page.keyboard.press('Enter')
  await expect(field(page)).toHaveAccessibleDescription('New password: use at least 15 characters.')
  await type(page, 'New password', password)
  await press(page, 'button', 'Continue')
  await expect(page.getByRole('heading', { level: 1, name: 'Two-Factor Authentication' })).toBeFocused()
  const authenticator = Authenticator.fromURI(await readQR(page))
  await tabTo(page, 'button', 'Later')
  await type(page, 'Code', await authenticator.next())
  await page.keyboard.press('Enter')
  await expect(codes(page).getByRole('heading')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(codes(page)).toBeVisible()
  await press(page, 'checkbox', 'I have saved these codes')
  await press(page, 'button', 'Done')
  await expect(page.getByRole('heading', { level: 1, name: 'Welcome, Jonas' })).toBeFocused()
})

test('what a screen reader finds and says', async ({ page, administrator }) => {
  await listenToAnnouncements(page)
  const { username, link } = await administrator.invite({ display_name: 'Jonas' })
  await page.goto(link)
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - paragraph: Step 1 of 3 · password
      - heading "Welcome, Jonas" [level=1]
      - paragraph:
        - text: Your account
        - strong: ${username}
        - text: is ready. Choose a password; then you add a second step and save your backup codes.
      - text: New password
      - textbox "New password"
      - button "Show password"
      - paragraph: At least 15 characters. A sentence you can remember is a good choice.
      - button "Continue"
  `)
  const authenticator = await chooseAndScan(page)
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - paragraph: Step 2 of 3 · second factor
      - heading "Two-Factor Authentication" [level=1]
      - paragraph: Scan the code, then enter what the app shows.
      - heading "Scan the QR code with an authenticator app" [level=2]
      - paragraph: Use your phone camera to scan this barcode or enter the following secret key
      - code
      - button "Copy secret key"
      - img "QR code to set up ImageMaster"
      - textbox "Phone name (optional)"
      - heading "Enter the code" [level=2]
      - textbox "Code"
      - paragraph: 6 digits
      - button "Verify and Save"
      - button "Later"
  `)
  await giveFirstCode(page, authenticator)
  await expect(codes(page)).toMatchAriaSnapshot(`
    - dialog "Your new backup codes":
      - heading "Your new backup codes" [level=2]
      - paragraph: Step 3 of 3 · backup codes
      - paragraph: Keep them somewhere safe, away from your phone. They are shown only now.
  `)
  await saveCodes(page)
  await expectHome(page)
  await expect
    .poll(() => announced(page))
    .toContain('All set. Your account is protected, and your backup codes are saved.')
})

test('a link works once; a newer one, or nothing behind #, says what to do', async ({
  page,
  administrator,
  startProduct,
  browserLog,
}) => {
  browserLog.expectStatus(401)
  const used = await administrator.invite()
  await page.goto(used.link)
  await chooseAndScan(page)
  await page.getByRole('button', { name: 'Later' }).click()
  await expectHome(page)
  await open(page, used.link)
  await expectPage(page, 'This link has ended')
  await expect(page.getByRole('textbox')).toHaveCount(0)
  await page.getByRole('link', { name: 'Go to Home' }).click()
  await expectHome(page)
  await signOut(page)
  await open(page, used.link)
  await expectPage(page, 'This link has ended')
  await expect(page.getByText('ask the person who gave it to you for a new one')).toBeVisible()
  await page.getByRole('link', { name: 'Go to sign in' }).click()
  await givePassword(page, { username: used.username, password })
  await expectHome(page)
  await signOut(page)

  const replaced = await administrator.invite()
  const newer = await administrator.inviteAgain(replaced)
  await open(page, replaced.link)
  await expectPage(page, 'This link has ended')
  await page.evaluate((link) => location.assign(link), newer)
  await expectPage(page, `Welcome, ${replaced.username}`)
  await expect(page, 'a link pasted into the same tab').toHaveURL(/\/welcome$/)

  const helped = await startProduct({ flags: ['--help-contact', 'help@example.com'] })
  await createAdministrator(helped)
  for (const [link, title] of [
    [`${helped.url}/welcome`, 'Open the whole link'],
    [`${helped.url}/welcome#`, 'Open the whole link'],
    [`${helped.url}/welcome#${'A'.repeat(43)}`, 'This link has ended'],
    [`${helped.url}/welcome#%3Cscript%3E`, 'This link has ended'],
  ] as const) {
    await open(page, link)
    await expectPage(page, title)
    await expect(page.getByRole('textbox')).toHaveCount(0)
    await expect(page.getByRole('main').getByRole('link', { name: 'help@example.com' })).toBeVisible()
  }
})

test('a link that is used or replaced while its page is open', async ({ page, administrator, browserLog }) => {
  browserLog.expectStatus(401)
  const invited = await administrator.invite()
  await page.goto(invited.link)
  await expect(field(page)).toBeVisible()
  await administrator.inviteAgain(invited)
  await choose(page)
  await expectPage(page, 'This link has ended')
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await expect(field(page)).toHaveCount(0)
})

test('a link that has become too old', async ({ page, movable, browserLog }) => {
  const administrator = await Administrator.of(movable, await newPerson(movable, undefined, ['--admin']))
  const person = await newPerson(movable)
  await page.goto(await administrator.passwordLink(person.username))
  await expect(field(page)).toBeVisible()
  await movable.advance(61)
  browserLog.expectStatus(401)
  await field(page).fill(password)
  await page.getByRole('button', { name: 'Set password' }).click()
  await expectPage(page, 'This link has ended')
})

test('a reload in each step shows the page as usual, and nothing is lost', async ({ page, administrator }) => {
  const { username, link } = await administrator.invite()
  await page.goto(link)
  await expect(field(page)).toBeVisible()
  await page.reload()
  await expectPage(page, 'Open the whole link')
  await expect(page.getByText('If you loaded the page again, open the link once more.')).toBeVisible()
  await open(page, link)
  const authenticator = await chooseAndScan(page)

  await page.reload()
  await expectPage(page, 'Two-Factor Authentication')
  const again = Authenticator.fromURI(await readQR(page))
  expect(again.secret, 'the same key goes on').toBe(authenticator.secret)
  await expect(page.getByText('Step 2 of 3')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Later' })).toHaveCount(0)
  await giveFirstCode(page, authenticator)
  await expect(page.getByRole('region', { name: 'Backup codes' }), 'as without an invitation').toBeFocused()
  await expect(codes(page)).toHaveCount(0)

  await signOut(page)
  await givePassword(page, { username, password })
  await giveCode(page, await authenticator.next())
  await expectHome(page)
})

test('a reload while the codes are shown', async ({ page, administrator }) => {
  const { link } = await administrator.invite()
  await page.goto(link)
  await giveFirstCode(page, await chooseAndScan(page))
  await expect(codes(page).getByRole('listitem')).toHaveCount(10)
  page.once('dialog', (dialog) => void dialog.accept())
  await page.reload()
  await expect(page.getByText('You have not confirmed saving set 1.').first()).toBeVisible()
  await expect(page.getByText('Step 3 of 3')).toHaveCount(0)
})

test('Back leads neither to the form nor past a step', async ({ page, administrator }) => {
  const { link } = await administrator.invite()
  await page.goto('/sign-in')
  await expectPage(page, 'Sign in')
  await page.goto(link)
  const authenticator = await chooseAndScan(page)
  await page.goBack()
  await expectHome(page)
  await page.goForward()
  await expectPage(page, 'Two-Factor Authentication')
  await expect(field(page)).toHaveCount(0)
  expect(Authenticator.fromURI(await readQR(page)).secret).toBe(authenticator.secret)
})

test('Later leads Home, and the key that was offered is given up', async ({ page, administrator }) => {
  const { link } = await administrator.invite()
  await page.goto(link)
  await chooseAndScan(page)
  await page.getByRole('button', { name: 'Later' }).click()
  await expectHome(page)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await page.getByRole('navigation').getByRole('link', { name: 'Two-Factor Authentication' }).click()
  await expect(page.getByRole('button', { name: 'Set Up Authenticator' })).toBeVisible()
  await expect(page.getByText('Step 2 of 3')).toHaveCount(0)
})

test('another page ends the steps', async ({ page, administrator }) => {
  const { link } = await administrator.invite()
  await page.goto(link)
  const authenticator = await chooseAndScan(page)
  await page.getByRole('navigation').getByRole('link', { name: 'Profile' }).click()
  await expectPage(page, 'Profile')
  await page.getByRole('navigation').getByRole('link', { name: 'Two-Factor Authentication' }).click()
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeVisible()
  expect(Authenticator.fromURI(await readQR(page)).secret).toBe(authenticator.secret)
  await expect(page.getByText('Step 2 of 3')).toHaveCount(0)
})

test('where two factors are required, there is no Later', async ({ page, startProduct }) => {
  const product = await startProduct({ flags: ['--require-two-factor'] })
  const administrator = await Administrator.of(product, await createAdministrator(product))
  const { link } = await administrator.invite({ display_name: 'Jonas' })
  await page.goto(link)
  const authenticator = await chooseAndScan(page)
  await expect(page.getByRole('button', { name: 'Verify and Save' })).toBeVisible()
  await expect(page.getByRole('button', { name: /^(Later|Cancel)$/ })).toHaveCount(0)
  await giveFirstCode(page, authenticator)
  await saveCodes(page)
  await expectPage(page, 'Welcome, Jonas')
})

test('a key that has ended is shown anew within the steps', async ({ page, administrator, browserLog }) => {
  browserLog.expectStatus(409)
  const { link } = await administrator.invite()
  await page.goto(link)
  await chooseAndScan(page)
  await (await Api.in(page)).send('DELETE', '/api/two-factor/enrollment')
  await page.getByLabel('Code', { exact: true }).fill('000000')
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect(page.getByRole('heading', { name: 'This key has ended' })).toBeFocused()
  await expect(page.getByRole('button', { name: 'Later' })).toBeVisible()
  await page.getByRole('button', { name: 'Show a new key' }).click()
  await expect(step(page, 'Step 2 of 3 · second factor')).toBeVisible()
  await giveFirstCode(page, Authenticator.fromURI(await readQR(page)))
  await saveCodes(page)
  await expectHome(page)
})

test('codes that could not be made are asked for again within the steps', async ({
  page,
  administrator,
  browserLog,
}) => {
  const { link } = await administrator.invite()
  await page.goto(link)
  const authenticator = await chooseAndScan(page)
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/two-factor/backup-codes', (route) => route.abort())
  await giveFirstCode(page, authenticator)
  await expect(page.getByRole('alert')).toContainText('nothing was changed. Try again.')
  await expect(step(page, 'Step 3 of 3 · backup codes')).toBeVisible()
  await page.unroute('**/api/two-factor/backup-codes')
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(codes(page).getByText('Step 3 of 3 · backup codes')).toBeVisible()
  await saveCodes(page)
  await expectHome(page)
  await expect(page.getByText('All set.')).toBeVisible()
})

test('a password that the server refuses is named at its field', async ({ page, administrator, browserLog }) => {
  browserLog.expectStatus(422)
  const { username, link } = await administrator.invite()
  await page.goto(link)
  await choose(page, 'correct horse battery staple')
  await expect(field(page)).toHaveAccessibleDescription(/^New password: this one is on lists of often used passwords/)
  await expect(field(page)).toBeFocused()
  await choose(page, `${username}-${username}`)
  await expect(field(page)).toHaveAccessibleDescription(/^New password: it is too close to your user name/)
  await chooseAndScan(page)
})

test('the request did not arrive: what was typed stays, and the link still works', async ({
  page,
  administrator,
  browserLog,
}) => {
  const { link } = await administrator.invite()
  await page.goto(link)
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/welcome', (route) => route.abort())
  await choose(page)
  await expect(page.getByRole('alert')).toContainText('nothing was changed. Try again.')
  await expect(field(page)).toHaveValue(password)
  await page.route('**/api/welcome/look', (route) => route.abort())
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('alert')).toContainText('The server cannot be reached.')
  await page.unroute('**/api/welcome/look')
  await page.unroute('**/api/welcome')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expectPage(page, 'Two-Factor Authentication')
})

test('the answer was lost: the page says how to go on', async ({ page, product, administrator, browserLog }) => {
  browserLog.allow(/ERR_FAILED/)
  browserLog.expectStatus(401)
  await page.route('**/api/welcome', async (route) => {
    // Its cookies are lost, too.
    const elsewhere = await Api.at(product.url)
    await elsewhere.send('POST', '/api/welcome', route.request().postDataJSON())
    await route.abort()
  })
  const { username, link } = await administrator.invite()
  await page.goto(link)
  await choose(page)
  await expectPage(page, 'The connection was interrupted')
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await page.getByRole('link', { name: 'Go to sign in' }).click()
  await givePassword(page, { username, password })
  await expectHome(page)
})

test('the session was opened although the answer was lost: the steps go on', async ({
  page,
  administrator,
  browserLog,
}) => {
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/api/welcome', async (route) => {
    await (await Api.in(page)).send('POST', '/api/welcome', route.request().postDataJSON())
    await route.abort()
  })
  const { link } = await administrator.invite()
  await page.goto(link)
  await choose(page)
  await expect(step(page, 'Step 2 of 3 · second factor')).toBeVisible()
})

test('the link cannot be checked at first', async ({ page, administrator, browserLog }) => {
  browserLog.allow(/ERR_FAILED/)
  const { link } = await administrator.invite({ display_name: 'Jonas' })
  await page.route('**/api/welcome/look', (route) => route.abort())
  await page.goto(link)
  await expectPage(page, 'This link could not be checked')
  await expect(page.getByRole('alert')).toContainText('The server cannot be reached.')
  await page.unroute('**/api/welcome/look')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expectPage(page, 'Welcome, Jonas')
  await expect(field(page)).toBeFocused()
})

test('an invitation ends the session of another account, and says so before', async ({
  page,
  newPerson,
  administrator,
  browserLog,
}) => {
  const person = await newPerson()
  await signIn(page, person)
  const former = await Api.withCookiesOf(page, new URL(page.url()).origin)
  const { username, link } = await administrator.invite()
  await page.goto(link)
  await expect(page.getByText(`You are signed in here as ${person.username}.`)).toBeVisible()
  await expect(field(page)).toHaveAccessibleDescription(/That session ends when you continue\./)
  expect(await former.state(), 'looking ends nothing').toBe('signed_in')
  let loads = 0
  page.on('load', () => loads++)
  const authenticator = await chooseAndScan(page)
  await expect(step(page, 'Step 2 of 3 · second factor')).toBeVisible()
  await expect(page.getByRole('banner')).toContainText(username)
  await expect(page.getByText(person.username)).toHaveCount(0)
  expect(loads, 'the steps go on without loading the page again').toBe(0)
  expect(await former.state()).toBe('anonymous')
  await giveFirstCode(page, authenticator)
  await saveCodes(page)
  await expectHome(page)
  expect(browserLog.complaints()).toEqual([])
})

test('a link for another password leaves the second factor owed and opens no session', async ({
  page,
  newPerson,
  administrator,
  browserLog,
}) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  const elsewhere = await Api.withCookiesOf(page, new URL(page.url()).origin)
  await signOut(page)
  const link = await administrator.passwordLink(person.username)
  await page.goto(link)
  await expectPage(page, 'Set a new password')
  await expect(page.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "Set a new password" [level=1]
      - paragraph:
        - text: Choose a new password for the account
        - strong: ${person.username}
        - text: . If it has a second factor, you are still asked for that when you sign in.
      - text: New password
      - textbox "New password"
      - button "Show password"
      - paragraph: At least 15 characters. A sentence you can remember is a good choice.
      - button "Set password"
  `)
  await expect(page.locator('input[autocomplete="username"]')).toHaveValue(person.username)
  await field(page).fill(password)
  await page.getByRole('button', { name: 'Set password' }).click()
  await expectPage(page, 'Your password is set')
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  expect(await (await Api.in(page)).state()).toBe('anonymous')
  expect(await elsewhere.state()).toBe('anonymous')

  await page.getByRole('link', { name: 'Go to sign in' }).click()
  browserLog.expectStatus(401)
  await givePassword(page, person)
  await expect(page.getByRole('alert')).toContainText('The user name or password is not right.')
  await givePassword(page, { username: person.username, password })
  await expectPage(page, 'Verification')
  await giveCode(page, await authenticator.next())
  await expectHome(page)
  await open(page, link)
  await expectPage(page, 'This link has ended')
})

test('a link for another password, opened while somebody is signed in', async ({ page, newPerson, administrator }) => {
  const [owner, other] = [await newPerson(), await newPerson()]
  await signIn(page, other)
  await page.goto(await administrator.passwordLink(owner.username))
  await field(page).fill(password)
  await page.getByRole('button', { name: 'Set password' }).click()
  await expectPage(page, 'Your password is set')
  await expect(page.getByText(`You are still signed in here as ${other.username}.`)).toBeVisible()
  await page.getByRole('link', { name: 'Go to Home' }).click()
  await expect(page.getByRole('banner')).toContainText(other.username)
  await signOut(page)
  await signIn(page, { username: owner.username, password })

  await page.goto(await administrator.passwordLink(other.username))
  await expectPage(page, 'Set a new password')
  await signIn(page, other)
  await open(page, await administrator.passwordLink((await newPerson()).username))
  await expectPage(page, 'Set a new password')
})

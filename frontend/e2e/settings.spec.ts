// Profile, Password, the form for notice address and phone name on the page
// Two-Factor Authentication, and what all pages of the settings have in common.

import type { Page } from '@playwright/test'
import { Api } from './kit/api'
import { costOf } from './kit/cost'
import { checkScreen, expectNoOverflow } from './kit/screen'
import {
  addKey,
  expectHome,
  expectPage,
  givePassword,
  open,
  settings,
  settingsPages,
  signIn,
  signOut,
  stayWithUnsavedChanges,
} from './kit/steps'
import { expect, newPerson, test } from './kit/test'

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
    await expectPage(page, 'Profil')
    await expect(page.getByText('Gespeichert: Vollständiger Name, Sprache.')).toBeVisible()
    await expect(page.locator('html')).toHaveAttribute('lang', 'de')
    await expect(page.getByRole('banner')).toContainText('Ada Lovelace')
    await expect(page.getByRole('button', { name: 'Speichern' })).toBeDisabled()
    await expect(page.getByRole('button', { name: 'Speichern' })).toBeFocused()

    const another = await browser.newPage({ baseURL: product.url, locale: 'en-GB' })
    await another.goto('/sign-in')
    await givePassword(another, person)
    await expectPage(another, 'Willkommen, Ada Lovelace')
    await another.close()

    await page.getByRole('main').getByLabel('Sprache').selectOption('Wie im Browser')
    await page.getByRole('button', { name: 'Speichern' }).click()
    await expectPage(page, 'Profile')
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
    await page.getByLabel('Appearance').selectOption('Same as the system')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('Saved: Appearance.')).toBeVisible()
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect(page.getByRole('button', { name: 'Switch to the light theme' }), 'the system decides').toBeVisible()
  })

  test('a language and a theme chosen beside the profile stand in it at once', async ({ page, newPerson }) => {
    await page.emulateMedia({ colorScheme: 'light' })
    await signIn(page, await newPerson())
    await open(page, 'Profile')
    await page.getByRole('button', { name: 'Switch to the dark theme' }).click()
    await expect(page.getByLabel('Appearance')).toHaveValue('night')
    await page.getByRole('banner').getByLabel('Language').selectOption('Deutsch')
    await expectPage(page, 'Profil')
    await expect(page.getByRole('main').getByLabel('Sprache')).toHaveValue('de')
    await page.getByRole('main').getByLabel('Sprache').selectOption('Wie im Browser')
    await page.getByRole('button', { name: 'Speichern' }).click()
    await expectPage(page, 'Profile')
    await expect(page.getByRole('banner').getByLabel('Language')).toHaveValue('en')
  })

  test('unsaved changes are held back, a name that is too long is named', async ({ page, newPerson }) => {
    await signIn(page, await newPerson())
    await open(page, 'Profile')
    await page.getByLabel('Full name').fill('x'.repeat(101))
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByLabel('Full name')).toHaveAccessibleDescription('Full name: use at most 100 characters.')
    await stayWithUnsavedChanges(page, 'Sessions')
    await expectPage(page, 'Profile')
    page.once('dialog', (dialog) => void dialog.accept())
    await page.getByRole('link', { name: 'Sessions' }).click()
    await expectPage(page, 'Sessions')
  })
})

test.describe('the form for notice address and phone name', () => {
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
    await expect(address, 'the form stays during set-up').toHaveValue('ada@example.com')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByRole('button', { name: 'Set Up Authenticator' })).toBeVisible()

    await addKey(page)
    await address.fill('')
    await page.getByLabel('Phone name').fill('Pixel')
    await stayWithUnsavedChanges(page, 'Activity')
    await save.click()
    await expect(page.getByText('E-mail address removed. Phone name saved.')).toBeVisible()
    await page.reload()
    await expect(page.getByLabel('Phone name')).toHaveValue('Pixel')
    await expect(address).toHaveValue('')
  })

  test('unsaved text stays during set-up', async ({ page, newPerson }) => {
    await signIn(page, await newPerson())
    await open(page, 'Two-Factor Authentication')
    await page.getByLabel('Security notices go to').fill('ada@example.com')
    await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
    await expect(page.getByRole('button', { name: 'Verify and Save' })).toBeVisible()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByRole('button', { name: 'Set Up Authenticator' })).toBeVisible()
    await expect(page.getByLabel('Security notices go to')).toHaveValue('ada@example.com')
  })
})

test.describe('password', () => {
  /** Gives a wrong present password and expects to be told how many tries are left. */
  async function giveWrongPassword(page: Page, left: number) {
    const field = page.getByLabel('Present password')
    await field.fill(`wrong password ${left}`)
    await page.getByRole('button', { name: 'Change password' }).click()
    const tries = left === 1 ? '1 try' : `${left} tries`
    await expect(field).toHaveAccessibleDescription(
      `That password is not right. You have ${tries} left before you are signed out.`,
    )
    await expect(field).toBeFocused()
  }

  test('a wrong present password changes nothing, the right one does', async ({ page, newPerson, browserLog }) => {
    const person = await newPerson()
    const changed = { ...person, password: 'a completely new password' }
    await signIn(page, person)
    await open(page, 'Password')
    await page.getByLabel('New password').fill(changed.password)
    browserLog.expectStatus(401)
    await giveWrongPassword(page, 4)
    await expect(page.getByLabel('New password'), 'what was typed stays').toHaveValue(changed.password)
    await page.getByLabel('Present password').fill(person.password)
    await page.getByRole('button', { name: 'Change password' }).click()
    await expect(
      page.getByText('Your password is changed. All other sessions of your account were ended.'),
    ).toBeVisible()
    await expect(page.getByLabel('Present password')).toHaveValue('')
    await expect(page.getByLabel('New password')).toHaveValue('')

    await signOut(page)
    await givePassword(page, person)
    await expect(page.getByRole('alert')).toContainText('The user name or password is not right.')
    await givePassword(page, changed)
    await expectHome(page)
  })

  test('the fifth wrong present password ends the session', async ({ page, newPerson, browserLog }) => {
    const person = await newPerson()
    await signIn(page, person)
    await open(page, 'Password')
    await page.getByLabel('New password').fill('a completely new password')
    browserLog.expectStatus(401)
    for (const left of [4, 3, 2, 1]) await giveWrongPassword(page, left)
    await page.getByLabel('Present password').fill('wrong password 0')
    await page.getByRole('button', { name: 'Change password' }).click()
    await expectPage(page, 'Sign in')
    await givePassword(page, person)
    await expectPage(page, 'Password')
  })
})

test('password managers learn whose password is changed', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  await open(page, 'Password')
  await expect(page.locator('form input[autocomplete="username"]')).toHaveValue(person.username)
  await expect(page.getByLabel('Present password')).toHaveAttribute('autocomplete', 'current-password')
  await expect(page.getByLabel('New password')).toHaveAttribute('autocomplete', 'new-password')
})

test('accessibility of sessions, activity, password and profile', async ({ page, newPerson, product }) => {
  test.setTimeout(480_000)
  const person = await newPerson()
  await signIn(page, person)
  await (await Api.at(product.url)).signIn(person)
  for (const name of ['Sessions', 'Activity', 'Password', 'Profile'] as const) {
    await open(page, name)
    if (name === 'Sessions') await expect(page.getByRole('button', { name: 'End all other sessions' })).toBeVisible()
    if (name === 'Activity') await expect(page.getByText('This is everything there is.')).toBeVisible()
    await checkScreen(page)
  }
  await open(page, 'Sessions')
  await page.getByRole('button', { name: 'End: Unknown browser' }).click()
  await expect(page.getByRole('dialog', { name: 'End this session?' })).toBeVisible()
  await checkScreen(page)
})

test('German fits on the smallest screen', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await addKey(page)
  await page.getByRole('banner').getByLabel('Language').selectOption('Deutsch')
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await page.setViewportSize({ width: 320, height: 640 })
  for (const path of Object.values(settings)) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expectNoOverflow(page)
  }
  await page.goto('/two-factor')
  await page.getByRole('button', { name: 'Auf anderes Telefon umziehen', exact: true }).click()
  await page.getByRole('button', { name: 'Umzug beginnen' }).scrollIntoViewIfNeeded()
  await expectNoOverflow(page)
  await page.getByRole('button', { name: 'Umzug beginnen' }).click()
  await expect(page.getByRole('img')).toBeVisible()
  await expectNoOverflow(page)
  await page.getByRole('button', { name: 'Abbrechen' }).click()
  await page.getByRole('button', { name: 'Deaktivieren', exact: true }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  const tooWide = await page.getByRole('dialog').evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth)
  expect(tooWide).toBe(0)
})

for (const [language, welcome, names] of [
  ['English', /^Welcome/, settingsPages],
  ['Deutsch', /^Willkommen/, ['Zwei-Faktor-Authentifizierung', 'Sitzungen', 'Aktivität', 'Passwort', 'Profil']],
] as const) {
  test(`each further page costs at most 8 KB: ${language}`, async ({ page, newPerson }) => {
    await signIn(page, await newPerson())
    await page.getByRole('banner').getByLabel('Language').selectOption(language)
    await expectPage(page, welcome)
    for (const [at, path] of Object.values(settings).entries()) {
      const name = names[at] ?? ''
      const cost = await costOf(page, async () => {
        await page.getByRole('navigation').getByRole('link', { name }).click()
        await expectPage(page, name)
      })
      expect(cost, path).toBeLessThanOrEqual(8_000)
    }
  })
}

test.describe('more than five minutes after the sign-in', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('ending sessions wants the password alone, a new address the code as well', async ({
    page,
    movable,
    browserLog,
  }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    const authenticator = await addKey(page, movable.now)
    const other = await Api.at(movable.url)
    await other.signIn(person, await authenticator.next())
    await movable.advance(6)
    await open(page, 'Sessions')
    browserLog.expectStatus(403)
    await page.getByRole('button', { name: 'End all other sessions' }).click()
    const question = page.getByRole('dialog', { name: 'End all other sessions?' })
    await question.getByRole('button', { name: 'End all other sessions' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
    await expect(proof).toContainText('For this, enter your password again.')
    await expect(proof.getByLabel('Verification code')).toHaveCount(0)
    await proof.getByLabel('Password', { exact: true }).fill(person.password)
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await expect(page.getByText('All other sessions are ended.')).toBeVisible()

    await open(page, 'Two-Factor Authentication')
    await page.getByLabel('Security notices go to').fill('ada@example.com')
    await page.getByLabel('Phone name').fill('Pixel')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect(proof).toContainText('For this, enter a new code from your authenticator app or a backup code.')
    await expect(proof.getByLabel('Password', { exact: true })).toHaveCount(0)
    await page.keyboard.press('Escape')
    await expect(proof).toBeHidden()
    await expect(page.getByLabel('Security notices go to'), 'Escape keeps what was typed').toHaveValue(
      'ada@example.com',
    )
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await proof.getByLabel('Verification code').fill(await authenticator.next())
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await expect(page.getByText('E-mail address saved. Phone name saved.')).toBeVisible()
  })
})

// Every flow with the keyboard alone. Each stop is marked and in sight, and
// after each action the focus is where the next one begins.

import type { Page } from '@playwright/test'
import { Api } from './kit/api'
import { Authenticator, readQR } from './kit/authenticator'
import { expectVisibleFocus, press, tabTo, type } from './kit/keyboard'
import { addCodes, addKey, signIn } from './kit/steps'
import { expect, newPerson, type Person, test } from './kit/test'

const focused = (page: Page) => page.locator(':focus')
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })

async function expectPageFocused(page: Page, name: string | RegExp) {
  await expect(heading(page, name), 'a new page takes the focus to its heading').toBeFocused()
}

/** A page that is nothing but a form takes the cursor to its field, and a screen reader says its heading. */
async function expectCursor(page: Page, field: string, name: string) {
  await expect(heading(page, name)).toBeVisible()
  await expect(page.getByLabel(field)).toBeFocused()
  await expect(page.getByLabel(field)).toHaveAccessibleDescription(new RegExp(`^${name}( |$)`))
}

async function typePassword(page: Page, { username, password }: Person) {
  await expect(heading(page, 'Sign in')).toBeVisible()
  await type(page, 'User name', username)
  await type(page, 'Password', password)
  await page.keyboard.press('Enter')
}

/** The button opens a dialog; Escape closes it, and the focus is back on the button. */
async function expectToReturn(page: Page, name: string, dialog: string, first?: string) {
  await press(page, 'button', name)
  const opened = page.getByRole('dialog', { name: dialog })
  await expect(opened).toBeVisible()
  if (first) await expect(opened.getByLabel(first, { exact: true })).toBeFocused()
  await expectVisibleFocus(page)
  expect(await opened.evaluate((element) => element.contains(document.activeElement))).toBe(true)
  await page.keyboard.press('Escape')
  await expect(opened).toBeHidden()
  await expect(focused(page), 'the focus is back').toHaveAccessibleName(name)
  await page.keyboard.press('Enter')
  await expect(opened).toBeVisible()
}

test('first start, and the first sign-in', async ({ page, startProduct, browserLog }) => {
  const product = await startProduct()
  await page.goto(product.setupLink())
  await expectCursor(page, 'User name', 'First start')
  await press(page, 'button', 'Create administrator')
  await expect(page.getByLabel('User name')).toBeFocused()
  await expect(page).toHaveTitle(/^Error: First start – /)
  await page.keyboard.type('Ada')
  await type(page, 'Password', 'a long sentence nobody guesses')
  await page.keyboard.press('Enter')
  await expectPageFocused(page, 'Two-Factor Authentication')
  await expect(
    page.getByRole('status').filter({ hasText: 'The administrator is created, and you are signed in.' }),
  ).toBeVisible()
  await expect(page).toHaveTitle(/^Two-Factor Authentication – /)

  await press(page, 'button', 'Sign out')
  await expectCursor(page, 'User name', 'Sign in')
  await press(page, 'button', 'Sign in')
  await expect(page.getByLabel('User name')).toBeFocused()
  await expect(page.getByLabel('User name')).toHaveAccessibleDescription('User name: enter your user name.')
  await expect(page).toHaveTitle(/^Error: Sign in – /)
  browserLog.expectStatus(401)
  await typePassword(page, { username: 'Ada', password: 'not the right password' })
  await expect(page.getByRole('alert')).toBeFocused()
  await expect(page.getByRole('alert')).toHaveText('The user name or password is not right.')
  await tabTo(page, 'button', 'Show password')
  await page.keyboard.press('Space')
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('type', 'text')
  await expect(focused(page)).toHaveAccessibleName('Hide password')
  await typePassword(page, { username: 'Ada', password: 'a long sentence nobody guesses' })
  await expectPageFocused(page, /^Welcome/)
})

test('set-up, backup codes, checking a code, and a new set', async ({ page, newPerson, browserLog }) => {
  await page.goto('/sign-in?next=/two-factor')
  await typePassword(page, await newPerson())
  await expectPageFocused(page, 'Two-Factor Authentication')
  await press(page, 'button', 'Set Up Authenticator')
  const authenticator = Authenticator.fromURI(await readQR(page))
  await expectPageFocused(page, 'Two-Factor Authentication')
  browserLog.expectStatus(401)
  await type(page, 'Code', authenticator.wrong())
  await page.keyboard.press('Enter')
  const field = page.getByLabel('Code', { exact: true })
  await expect(field).toHaveAccessibleDescription(/That code is not right\./)
  await expect(field).toBeFocused()
  await expect(page).toHaveTitle(/^Error: /)
  await page.keyboard.type(await authenticator.next())
  await page.keyboard.press('Enter')
  await expect(page.getByRole('region', { name: 'Backup codes' }), 'the page leads on').toBeFocused()
  await expect(page).toHaveTitle(/^Two-Factor Authentication – /)

  await press(page, 'button', 'Generate Backup Codes')
  const codes = page.getByRole('dialog', { name: 'Your new backup codes' })
  await expect(codes.getByRole('heading', { name: 'Your new backup codes' })).toBeFocused()
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Escape')
  await expect(codes.getByRole('heading', { name: 'Your new backup codes' })).toBeFocused()
  const code = (await codes.getByRole('code').first().textContent()) ?? ''
  await press(page, 'button', 'Done')
  await expect(codes.getByLabel('I have saved these codes')).toBeFocused()
  await expect(page).toHaveTitle(/^Error: /)
  await page.keyboard.press('Space')
  await press(page, 'button', 'Done')
  await expect(page.getByRole('region', { name: 'Backup codes' })).toBeFocused()
  await expect(page).toHaveTitle(/^Two-Factor Authentication – /)

  await expectToReturn(page, 'Check a saved code', 'Check a saved code', 'Backup code')
  await page.keyboard.type('123')
  await page.keyboard.press('Enter')
  await expect(focused(page)).toHaveAccessibleDescription(/enter all 16 letters and digits/)
  await expect(page).toHaveTitle(/^Error: /)
  await type(page, 'Backup code', code)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByRole('status')).toContainText(['Valid, set 1.'])
  await expectVisibleFocus(page)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Check a saved code' })).toBeFocused()

  await expectToReturn(page, 'Generate Backup Codes', 'Generate new backup codes?')
  await press(page, 'button', 'Generate Backup Codes')
  await expect(codes.getByRole('heading', { name: 'Your new backup codes' })).toBeFocused()
  const order = [
    codes.getByRole('link', { name: /Print Backup Codes/ }),
    codes.getByRole('button', { name: 'Copy' }),
    codes.getByRole('link', { name: 'Download' }),
    codes.getByLabel('I have saved these codes'),
  ]
  for (const control of order) {
    await page.keyboard.press('Tab')
    await expect(control).toBeFocused()
  }
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  await expect(codes.getByRole('button', { name: 'Done' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(page.getByRole('region', { name: 'Backup codes' })).toBeFocused()
  await expect(page.getByRole('region', { name: 'Backup codes' })).toContainText('You have 10 unused backup codes.')
})

test('verification with either kind of code, cancel, and sign out', async ({ page, newPerson, browserLog }) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  const [code] = await addCodes(page)
  await press(page, 'button', 'Sign out')

  await typePassword(page, person)
  await expectCursor(page, 'Verification code', 'Verification')
  await press(page, 'button', 'Cancel')
  await expectCursor(page, 'User name', 'Sign in')
  await typePassword(page, person)
  await expectCursor(page, 'Verification code', 'Verification')
  const field = page.getByLabel('Verification code')
  await press(page, 'button', 'Verify')
  await expect(field).toBeFocused()
  await expect(page).toHaveTitle(/^Error: Verification – /)
  browserLog.expectStatus(401)
  const sent: string[] = []
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()))
  await page.keyboard.type(authenticator.wrong())
  await expect(field).not.toHaveAttribute('aria-invalid')
  await page.keyboard.press('Enter')
  await expect(field).toHaveAccessibleDescription(/That code is not right\. You have 4 tries left/)
  expect(sent, 'only Enter sends the code').toHaveLength(1)
  await expect(field).toBeFocused()
  await page.keyboard.type(await authenticator.next())
  await page.keyboard.press('Enter')
  await expectPageFocused(page, /^Welcome/)
  await press(page, 'button', 'Dismiss')
  await expectVisibleFocus(page)
  await press(page, 'button', 'Sign out')

  await typePassword(page, person)
  await expectCursor(page, 'Verification code', 'Verification')
  await tabTo(page, 'button', 'Type a backup code')
  await page.keyboard.press('Space')
  await expect(field).toBeFocused()
  await page.keyboard.insertText(`  ${code.toLowerCase().replaceAll('-', ' ')} `)
  await page.keyboard.press('Enter')
  await expectPageFocused(page, 'You used a backup code')
  await press(page, 'button', 'Continue')
  await expectPageFocused(page, /^Welcome/)
})

test('pause, enable, move, and remove', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  const authenticator = await addKey(page)
  await expectToReturn(
    page,
    'Disable',
    'Disable two-factor authentication?',
    'Disable two-factor verification temporarily',
  )
  await page.keyboard.press('ArrowDown')
  await expect(page.getByLabel('Remove the security key completely')).toBeChecked()
  await page.keyboard.press('ArrowUp')
  await tabTo(page, 'radio', '1 hour')
  await page.keyboard.press('ArrowRight')
  await expect(page.getByLabel('1 day', { exact: true })).toBeChecked()
  await page.keyboard.press('Enter')
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await expectPageFocused(page, 'Two-Factor Authentication')

  await expectToReturn(page, 'Enable', 'Enable two-factor authentication', 'Verification code')
  await page.keyboard.type(await authenticator.next())
  await page.keyboard.press('Enter')
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
  await expectPageFocused(page, 'Two-Factor Authentication')

  await press(page, 'button', 'Move to Different Phone')
  await expect(page.getByRole('heading', { name: 'Move to a different phone?' })).toBeFocused()
  await press(page, 'button', 'Cancel')
  await expectPageFocused(page, 'Two-Factor Authentication')
  await press(page, 'button', 'Move to Different Phone')
  await press(page, 'button', 'Start the move')
  const fresh = Authenticator.fromURI(await readQR(page))
  await expectPageFocused(page, 'Two-Factor Authentication')
  await type(page, 'Code', await fresh.next())
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Your codes come from the new phone now' })).toBeFocused()
  await press(page, 'button', 'Done')
  await expectPageFocused(page, 'Two-Factor Authentication')

  await press(page, 'button', 'Disable')
  await expect(page.getByRole('dialog', { name: 'Disable two-factor authentication?' })).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await press(page, 'button', 'Remove the security key')
  await expect(page.getByRole('button', { name: 'Set Up Authenticator' })).toBeVisible()
  await expectPageFocused(page, 'Two-Factor Authentication')
})

test('sessions, activity, password, and profile', async ({ page, newPerson, product }) => {
  const person = await newPerson()
  await signIn(page, person)
  for (let others = 0; others < 2; others++) await (await Api.at(product.url)).signIn(person)
  await page.reload()
  await expect(heading(page, /^Welcome/)).toBeVisible()
  await press(page, 'link', 'Skip to the content')
  await page.keyboard.press('Tab')
  expect(await focused(page).evaluate((element) => element.closest('main') !== null)).toBe(true)

  await press(page, 'link', 'Sessions')
  await expectPageFocused(page, 'Sessions')
  await press(page, 'button', 'End: Unknown browser')
  await expect(page.getByRole('dialog', { name: 'End this session?' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'End: Unknown browser' }).first()).toBeFocused()
  await page.keyboard.press('Enter')
  await press(page, 'button', 'End session')
  await expect(page.getByRole('button', { name: 'End: Unknown browser' })).toHaveCount(1)
  await expectPageFocused(page, 'Sessions')
  await expectToReturn(page, 'End all other sessions', 'End all other sessions?')
  await press(page, 'button', 'End all other sessions')
  await expect(page.getByRole('button', { name: 'End all other sessions' })).toHaveCount(0)
  await expectPageFocused(page, 'Sessions')

  await press(page, 'link', 'Activity')
  await expectPageFocused(page, 'Activity')
  await press(page, 'link', 'Password')
  await expectPageFocused(page, 'Password')
  await press(page, 'button', 'Change password')
  await expect(page.getByLabel('Present password')).toBeFocused()
  await expect(page).toHaveTitle(/^Error: Password – /)
  await page.keyboard.type(person.password)
  await type(page, 'New password', 'a completely new password')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status')).toContainText(['Your password is changed.'])
  await expectVisibleFocus(page)

  await press(page, 'link', 'Profile')
  await expectPageFocused(page, 'Profile')
  await type(page, 'Full name', 'Ada Lovelace')
  await press(page, 'button', 'Save')
  await expect(page.getByRole('status')).toContainText(['Saved: Full name.'])
  await expect(page.getByRole('button', { name: 'Save' })).toBeFocused()
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled()
  // Held back: nothing has changed.
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Save' })).toBeFocused()
})

test('a new address for notices', async ({ page, startProduct, mailbox }) => {
  const product = await startProduct({ flags: mailbox.flags })
  await page.goto(`${product.url}/sign-in?next=/two-factor`)
  await typePassword(page, await newPerson(product))
  await expectPageFocused(page, 'Two-Factor Authentication')
  await type(page, 'Security notices go to', 'nobody')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Security notices go to')).toBeFocused()
  await type(page, 'Security notices go to', 'ada@example.com')
  await press(page, 'button', 'Save')
  await expect(page.getByLabel('Code from the mail')).toBeFocused()
  await expectVisibleFocus(page)
  await mailbox.code('ada@example.com')
  await press(page, 'button', 'Send a new code')
  await expectVisibleFocus(page)
  await type(page, 'Code from the mail', await mailbox.code('ada@example.com', 2))
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Code from the mail')).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 2, name: 'Security notices' })).toBeFocused()
})

test('a message does not cover the control that has the focus', async ({ page, newPerson }) => {
  await page.setViewportSize({ width: 320, height: 256 })
  await signIn(page, await newPerson())
  await page.goto('/profile')
  await type(page, 'Full name', 'Ada')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Saved: Full name.')).toBeVisible()
  const last = page.getByRole('contentinfo').getByLabel('Language')
  for (const place of [last, page.getByRole('banner').getByRole('link').first()]) {
    await place.focus()
    await expectVisibleFocus(page)
  }
})

test.describe('more than five minutes after the sign-in', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('the dialog that asks for the password again', async ({ page, movable, browserLog }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    await page.goto('/two-factor')
    await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
    await movable.advance(6)
    browserLog.expectStatus(403, 401)
    await expectToReturn(page, 'Set Up Authenticator', 'Confirm it is you', 'Password')
    await page.keyboard.type('not the right password')
    await page.keyboard.press('Enter')
    const field = page.getByRole('dialog').getByLabel('Password', { exact: true })
    await expect(field).toHaveAccessibleDescription(/That password is not right\./)
    await expect(field).toBeFocused()
    await expect(page).toHaveTitle(/^Error: /)
    await page.keyboard.press('Escape')
    await expect(page, 'the error went with the dialog').toHaveTitle(/^Two-Factor Authentication – /)
    await expect(page.getByRole('button', { name: 'Set Up Authenticator' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(field).toBeFocused()
    await page.keyboard.type(person.password)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('button', { name: 'Verify and Save' })).toBeVisible()
    await expectPageFocused(page, 'Two-Factor Authentication')
    await press(page, 'button', 'Cancel')
    await expectPageFocused(page, 'Two-Factor Authentication')
  })
})

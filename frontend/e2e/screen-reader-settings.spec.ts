// The accessibility tree of the settings pages and of Verification.

import type { Page } from '@playwright/test'
import { announced, listenToAnnouncements } from './kit/announcements'
import { Api } from './kit/api'
import { addKey, giveFiveWrongCodes, givePassword, signIn, signOut } from './kit/steps'
import { expect, test } from './kit/test'

const main = (page: Page) => page.getByRole('main')

test('the other pages of the settings', async ({ page, newPerson, product }) => {
  const person = await newPerson()
  await signIn(page, person)
  await (await Api.at(product.url)).signIn(person)
  await page.goto('/sessions')
  await expect(page.locator('body')).toMatchAriaSnapshot(`
    - link "Skip to the content":
      - /url: "#main"
    - banner:
      - link "ImageMaster – Home":
        - /url: /
      - navigation "Settings":
        - list:
          - listitem:
            - link "Two-Factor Authentication":
              - /url: /two-factor
          - listitem:
            - link "Sessions":
              - /url: /sessions
          - listitem:
            - link "Activity":
              - /url: /activity
        - list:
          - listitem:
            - link "Password":
              - /url: /password
          - listitem:
            - link "Profile":
              - /url: /profile
      - text: Language
      - combobox "Language":
        - option "English" [selected]
        - option "Deutsch"
      - text: /^person-\\w+ person-\\w+$/
      - button "Switch to the dark theme"
      - button "Sign out"
    - main:
      - status
      - heading "Sessions" [level=1]
      - paragraph: Where you are signed in. End every session that you do not recognise.
      - heading "Chrome on Linux" [level=2]
      - text: This session
      - paragraph: /\\d+\\.\\d+\\.0\\.1 · Active now/
      - paragraph: /Started \\w+, \\d+:\\d+/
      - group: Browser details
      - heading "Unknown browser" [level=2]
      - paragraph: /\\d+\\.\\d+\\.0\\.1 · Last seen \\w+, \\d+:\\d+/
      - paragraph: /Started \\w+, \\d+:\\d+/
      - group: Browser details
      - 'button "End: Unknown browser"'
      - button "End all other sessions"
    - contentinfo
    - status
  `)
  await page.getByRole('button', { name: 'End: Unknown browser' }).click()
  await expect(page.getByRole('dialog')).toMatchAriaSnapshot(`
    - dialog "End this session?":
      - heading "End this session?" [level=2]
      - button "Close"
      - status
      - paragraph:
        - strong: Unknown browser
        - text: /, \\d+\\.\\d+\\.0\\.1/
      - paragraph: This browser has to sign in again.
      - button "End session"
      - button "Cancel"
  `)
  await page.keyboard.press('Escape')
  for (const path of ['/activity', '/password', '/profile']) {
    await page.goto(path)
    await expect(page.getByRole('navigation').locator('[aria-current=page]')).toHaveAttribute('href', path)
  }
  await page.goto('/activity')
  await expect(main(page)).toMatchAriaSnapshot(`
    - main:
      - status
      - heading "Activity" [level=1]
      - paragraph: The security events of your account, newest first.
      - heading "Today" [level=2]
      - list:
        - listitem:
          - paragraph: Signed in
          - paragraph: /\\d+\\.\\d+\\.0\\.1/
          - time: /\\d+:\\d+/
        - listitem:
          - paragraph: Signed in
          - paragraph: /Chrome on Linux · \\d+\\.\\d+\\.0\\.1/
          - time: /\\d+:\\d+/
        - listitem:
          - paragraph: Signed out
          - paragraph: /\\d+\\.\\d+\\.0\\.1/
          - time: /\\d+:\\d+/
        - listitem:
          - paragraph: The password was changed
          - paragraph: /\\d+\\.\\d+\\.0\\.1/
          - time: /\\d+:\\d+/
        - listitem:
          - paragraph: Signed in
          - paragraph: /\\d+\\.\\d+\\.0\\.1/
          - time: /\\d+:\\d+/
        - listitem:
          - paragraph: The account was created
          - paragraph: /By the operator \\(.+\\)/
          - time: /\\d+:\\d+/
      - paragraph: This is everything there is.
  `)
  await page.goto('/password')
  await expect(main(page)).toMatchAriaSnapshot(`
    - main:
      - status
      - heading "Password" [level=1]
      - paragraph: Other sessions of your account end when you change the password.
      - text: Present password
      - textbox "Present password"
      - button "Show password"
      - text: New password
      - textbox "New password"
      - button "Show password"
      - paragraph: /^At least 15 characters\\./
      - button "Change password"
  `)
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByLabel('Present password')).toHaveAccessibleDescription(/^Present password: /)
  await expect(page.getByLabel('New password')).toHaveAccessibleDescription(/^New password: /)
  await page.goto('/profile')
  await expect(main(page)).toMatchAriaSnapshot(`
    - main:
      - status
      - heading "Profile" [level=1]
      - paragraph: Your name, and the language and appearance of these pages.
      - paragraph: User name
      - paragraph: /^person-/
      - text: Full name (optional)
      - textbox "Full name (optional)"
      - text: Language
      - combobox "Language":
        - option "Same as the browser" [selected]
        - option "English"
        - option "Deutsch"
      - text: Appearance
      - combobox "Appearance":
        - option "Same as the system" [selected]
        - option "Light"
        - option "Dark"
      - button "Save" [disabled]
  `)
})

test('verification: an error is tied to the field, and a wait is not counted aloud', async ({
  page,
  newPerson,
  browserLog,
}) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  await listenToAnnouncements(page)
  await page.clock.install()
  await signOut(page)
  await givePassword(page, person)
  await expect(main(page)).toMatchAriaSnapshot(`
    - main:
      - heading "Verification" [level=1]
      - paragraph: Get a verification code from the authenticator app or enter one of the backup codes you've received from ImageMaster.
      - status
      - text: Verification code
      - textbox "Verification code"
      - paragraph: 6 digits
      - button "Type a backup code"
      - status
      - button "Verify"
      - button "Cancel"
      - paragraph:
        - link "Lost phone and codes?":
          - /url: /help-code
  `)
  const field = page.getByRole('textbox', { name: 'Verification code' })
  browserLog.expectStatus(401)
  await giveFiveWrongCodes(page, authenticator)
  await expect(field).toHaveAccessibleDescription(/That code is not right\./)
  const timer = page.getByRole('timer', { name: 'You can try again in' })
  await expect(timer).toHaveText(/^0:\d\d$/)
  const before = await announced(page)
  const shown = await timer.textContent()
  await page.clock.runFor(5_000)
  await expect(timer).not.toHaveText(shown ?? '')
  expect(await announced(page)).toEqual(before)
  await page.clock.runFor(31_000)
  await expect.poll(() => announced(page)).toEqual([...before, 'You can try again now.'])
})

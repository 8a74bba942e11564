// The accessibility tree of each screen, and what a screen reader says by itself.

import type { Page } from '@playwright/test'
import { announced, listenToAnnouncements } from './kit/announcements'
import { generateCodes, givePassword, saveCodes, scan, signIn } from './kit/steps'
import { expect, newPerson, test } from './kit/test'

const main = (page: Page) => page.getByRole('main')

test('sign-in and Home', async ({ page, startProduct, browserLog }) => {
  const product = await startProduct({ flags: ['--help-contact', 'help@example.com'] })
  const person = await newPerson(product)
  await page.goto(`${product.url}/sign-in`)
  await expect(page.locator('body')).toMatchAriaSnapshot(`
    - banner:
      - text: ImageMaster
      - paragraph: Two keys are safer than one.
    - main:
      - heading "Sign in" [level=1]
      - paragraph: Use your ImageMaster account.
      - text: User name
      - textbox "User name"
      - text: Password
      - textbox "Password"
      - button "Show password"
      - button "Sign in"
    - contentinfo:
      - paragraph:
        - text: "Help:"
        - link "help@example.com":
          - /url: mailto:help@example.com
      - text: Language
      - combobox "Language":
        - option "English" [selected]
        - option "Deutsch"
      - button "Switch to the dark theme"
  `)
  browserLog.expectStatus(401)
  await givePassword(page, { ...person, password: 'not the right password' })
  await expect(main(page)).toMatchAriaSnapshot(`
    - main:
      - heading "Sign in" [level=1]
      - paragraph: Use your ImageMaster account.
      - alert:
        - paragraph: The user name or password is not right.
      - text: User name
      - textbox "User name": /^person-/
      - text: Password
      - textbox "Password": not the right password
      - button "Show password"
      - button "Sign in"
  `)
  await givePassword(page, person)
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
      - heading /^Welcome, person-\\w+$/ [level=1]
      - paragraph: /^You are signed in as person-\\w+\\.$/
      - heading "Two-Factor Authentication" [level=2]
      - text: Disabled
      - paragraph: Only your password protects your account.
      - link "Two-factor settings":
        - /url: /two-factor
      - heading "If you lost your phone now" [level=2]
      - paragraph: You would still sign in with your password alone. Anyone who learns your password can do the same.
      - paragraph:
        - text: "Who can help:"
        - link "help@example.com":
          - /url: mailto:help@example.com
    - contentinfo:
      - paragraph:
        - text: "Help:"
        - link "help@example.com":
          - /url: mailto:help@example.com
    - status
  `)
})

test('set-up, the codes and the enabled state', async ({ page, newPerson, context, browserLog }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await listenToAnnouncements(page)
  await signIn(page, await newPerson())
  await page.goto('/two-factor')
  await expect(main(page)).toMatchAriaSnapshot(`
    - main:
      - status
      - heading "Two-Factor Authentication" [level=1]
      - paragraph: A second step keeps your account safe, even when someone knows your password.
      - heading "Authenticator app" [level=2]
      - text: "Status: Disabled"
      - paragraph: After your password you enter a short code that only your phone knows. Each code works once. It takes about two minutes to set up with any authenticator app.
      - button "Set Up Authenticator"
      - heading "Passkey or hardware key" [level=2]
      - paragraph: For a passkey you give your fingerprint, your face or the PIN of your device. A hardware key is connected and touched. Neither works on a forged page.
      - status
      - button "Add a passkey"
      - button "Add a hardware key"
      - heading "Security notices" [level=2]
      - text: Security notices go to (optional)
      - textbox "Security notices go to (optional)"
      - paragraph: This server sends no mail. Notices are shown to you at the next sign-in.
      - button "Save" [disabled]
  `)
  const authenticator = await scan(page)
  await expect(main(page)).toMatchAriaSnapshot(`
    - main:
      - status
      - heading "Two-Factor Authentication" [level=1]
      - paragraph: Scan the code, then enter what the app shows. Cancel changes nothing.
      - status
      - heading "Scan the QR code with an authenticator app" [level=2]
      - paragraph: Use your phone camera to scan this barcode or enter the following secret key
      - paragraph: Secret key
      - code: /^([2-7A-Z]{4} ?){8}$/
      - button "Copy secret key"
      - status
      - img "QR code to set up ImageMaster"
      - text: Phone name (optional)
      - textbox "Phone name (optional)"
      - heading "Enter the code" [level=2]
      - paragraph: Once you have scanned the barcode, enter the 6-digit verification code generated by the Authenticator application.
      - text: Code
      - textbox "Code"
      - paragraph: 6 digits
      - button "Verify and Save"
      - button "Cancel"
      - heading "Security notices" [level=2]
      - text: Security notices go to (optional)
      - textbox "Security notices go to (optional)"
      - paragraph: This server sends no mail. Notices are shown to you at the next sign-in.
      - button "Save" [disabled]
  `)
  const code = page.getByRole('img', { name: 'QR code to set up ImageMaster' })
  expect(await code.evaluate((element) => element.outerHTML)).not.toContain(authenticator.secret)
  await page.getByRole('button', { name: 'Copy secret key' }).click()
  await expect.poll(() => announced(page)).toContain('Copied')
  browserLog.expectStatus(401)
  await page.getByLabel('Code', { exact: true }).fill(authenticator.wrong())
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect(page.getByRole('textbox', { name: 'Code', exact: true })).toHaveAccessibleDescription(/not right/)
  await page.getByLabel('Code', { exact: true }).fill(await authenticator.next())
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect
    .poll(() => announced(page))
    .toContain('Two-factor authentication is enabled. All other sessions of your account were ended.')

  await generateCodes(page)
  await expect(page.getByRole('dialog')).toMatchAriaSnapshot(`
    - dialog "Your new backup codes":
      - heading "Your new backup codes" [level=2]
      - status
      - paragraph: Keep them somewhere safe, away from your phone. They are shown only now.
      - term: Created
      - definition: /\\d+ \\w+ \\d+ at \\d+:\\d+ UTC/
      - term: Set
      - definition: "1"
      - term: Check word
      - definition: /^[0-9A-Z]{4}$/
      - list:
        - listitem:
          - code: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/
        - listitem:
          - code: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/
        - listitem:
          - code: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/
        - listitem:
          - code: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/
        - listitem:
          - code: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/
        - listitem:
          - code: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/
        - listitem:
          - code: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/
        - listitem:
          - code: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/
        - listitem:
          - code: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/
        - listitem:
          - code: /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/
      - link "Print Backup Codes (opens in a new tab)"
      - button "Copy"
      - link "Download"
      - status
      - checkbox "I have saved these codes"
      - text: I have saved these codes
      - button "Done"
  `)
  await page.getByRole('button', { name: 'Copy', exact: true }).click()
  await expect.poll(async () => (await announced(page)).filter((text) => text === 'Copied')).toHaveLength(2)
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('checkbox')).toHaveAccessibleDescription(/Tick this once you have saved the codes/)
  await saveCodes(page)
  await expect.poll(() => announced(page)).toContain('Set 1 is saved.')
  await expect(main(page)).toMatchAriaSnapshot(`
    - main:
      - status
      - heading "Two-Factor Authentication" [level=1]
      - paragraph: A second step keeps your account safe, even when someone knows your password.
      - heading "Your account is protected" [level=2]
      - text: "Status: Enabled"
      - paragraph: /On since \\d+ \\w+ \\d+ · last used \\w+, \\d+:\\d+/
      - heading "Authenticator app" [level=2]
      - paragraph: /Added \\d+ \\w+ \\d+ · last used \\w+, \\d+:\\d+/
      - paragraph: /^Its entry in the app is named person-\\w+\\.$/
      - button "Move to Different Phone"
      - heading "Add another way" [level=2]
      - paragraph: A second way keeps you in when one is lost.
      - status
      - button "Add a passkey"
      - button "Add a hardware key"
      - region "Backup codes":
        - heading "Backup codes" [level=2]
        - paragraph:
          - text: You have
          - strong: "10"
          - text: unused backup codes. Use one when your phone or key is not at hand; each works once.
        - paragraph:
          - strong: Set 1
          - text: /· made \\w+, \\d+:\\d+ · check word [0-9A-Z]{4}/
        - paragraph: /Confirmed as saved \\w+, \\d+:\\d+ · Never checked/
        - button "Check a saved code"
        - button "Generate Backup Codes"
      - heading "Disable two-factor authentication" [level=2]
      - paragraph: Only your password will protect your account.
      - button "Disable"
      - heading "Security notices and phone" [level=2]
      - text: Security notices go to (optional)
      - textbox "Security notices go to (optional)"
      - paragraph: This server sends no mail. Notices are shown to you at the next sign-in.
      - text: Phone name (optional)
      - textbox "Phone name (optional)"
      - paragraph: So that you know which phone shows the codes.
      - button "Save" [disabled]
  `)

  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await expect(page.getByRole('dialog')).toMatchAriaSnapshot(`
    - dialog "Disable two-factor authentication?":
      - heading "Disable two-factor authentication?" [level=2]
      - button "Close"
      - status
      - paragraph: Anyone who learns your password can then sign in to your account.
      - group "Disable two-factor authentication":
        - radio "Disable two-factor verification temporarily" [checked]
        - text: Disable two-factor verification temporarily Keeps your second factors and your backup codes. You can enable it again at any time.
        - group "For how long":
          - radio "1 hour" [checked]
          - text: 1 hour
          - radio "1 day"
          - text: 1 day
          - radio "1 week"
          - text: 1 week
          - radio "Until I enable it again"
          - text: Until I enable it again
        - radio "Remove the security key completely"
        - text: Remove the security key completely Removes every second factor and all backup codes. To use two-factor authentication again, you set it up from the start.
      - button "Disable for 1 hour"
      - button "Cancel"
  `)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Check a saved code' }).click()
  await page.getByRole('textbox', { name: 'Backup code' }).fill('0000-0000-0000-0000')
  await page.keyboard.press('Enter')
  await expect
    .poll(() => announced(page))
    .toContain('Unknown. This is not one of your codes. You have 4 tries left before you have to wait.')
  await expect(page.getByRole('dialog')).toMatchAriaSnapshot(`
    - dialog "Check a saved code":
      - heading "Check a saved code" [level=2]
      - button "Close"
      - status
      - paragraph: Find out whether a code on your sheet still works. This does not use it up.
      - text: Backup code
      - textbox "Backup code": 0000-0000-0000-0000
      - paragraph: /^16 letters and digits, such as /
      - status:
        - paragraph: Unknown. This is not one of your codes. You have 4 tries left before you have to wait.
      - status
      - button "Check"
  `)
})

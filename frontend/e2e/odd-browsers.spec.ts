// Browsers that report odd languages, whose password manager fires no events, or in
// which a part of a page fails.
import type { Locator, Page } from '@playwright/test'
import { Authenticator, readQR } from './kit/authenticator'
import { checkScreen } from './kit/screen'
import {
  addKey,
  confirmKey,
  expectHome,
  expectPage,
  generateCodes,
  open,
  saveCodes,
  settingsPages,
  signIn,
  signInAsFarAsVerification,
  signInWithCodes,
  signOut,
} from './kit/steps'
import { expect, newPerson as newPersonAt, test } from './kit/test'

const languages = [
  ['en-US@posix'],
  ['en_US.UTF-8', 'de'],
  ['C'],
  ['', 'en'],
  ['not a language', 'en-GB'],
  ['en-US-u-ca-nothing'],
  [],
]

test('every page is shown whatever language the browser reports', async ({ page, newPerson }) => {
  await signInWithCodes(page, newPerson)
  for (const reported of languages) {
    await page.addInitScript((tags) => {
      Object.defineProperty(navigator, 'languages', { configurable: true, get: () => tags })
      Object.defineProperty(navigator, 'language', { configurable: true, get: () => tags[0] ?? '' })
    }, reported)
    await page.goto('/')
    await expectHome(page)
    for (const name of settingsPages) await open(page, name)
    await open(page, 'Two-Factor Authentication')
    await expect(page.getByText('You have 10 unused backup codes.'), String(reported)).toBeVisible()
    await open(page, 'Sessions')
    await expect(page.getByText('This session'), String(reported)).toBeVisible()
    await open(page, 'Activity')
    await expect(page.getByText('Signed in', { exact: true }).first(), String(reported)).toBeVisible()
  }
})

test('the German pages with de-DE@euro', async ({ page, newPerson }) => {
  await signInWithCodes(page, newPerson)
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'languages', { get: () => ['de-DE@euro'] })
  })
  await page.goto('/profile')
  await page
    .getByRole('main')
    .getByLabel(/Language|Sprache/)
    .selectOption('Deutsch')
  await page
    .getByRole('main')
    .getByRole('button', { name: /Save|Speichern/ })
    .click()
  await expectPage(page, 'Profil')
  // The heading is German before the choice is stored.
  await expect(page.getByText('Gespeichert: Sprache.')).toBeVisible()
  await page.goto('/two-factor')
  await expectPage(page, 'Zwei-Faktor-Authentifizierung')
  await expect(page.getByText('Aktiviert', { exact: true })).toBeVisible()
  await page.goto('/activity')
  await expect(page.getByRole('heading', { name: 'Heute' })).toBeVisible()
})

/** Makes every date fail on the pages that open from now on. */
function breakDates(page: Page) {
  return page.addInitScript(() => {
    Intl.DateTimeFormat = class {
      constructor() {
        throw new RangeError('planted')
      }
    } as unknown as typeof Intl.DateTimeFormat
  })
}

test('a page that cannot be shown says so, and the others stay', async ({ page, newPerson, browserLog }) => {
  await signIn(page, await newPerson())
  await breakDates(page)
  browserLog.allow(/planted/)
  await page.goto('/activity')
  await expectPage(page, 'This page cannot be shown')
  await expect(page.getByRole('alert'), 'the notices cannot be shown either').toContainText('Something on this page')
  await expect(page).toHaveTitle(/^This page cannot be shown – /)
  await expect(page.getByRole('button', { name: 'Load the page again' })).toHaveCount(2)
  await checkScreen(page)

  await page.getByRole('link', { name: 'Profile' }).click()
  await expectPage(page, 'Profile')
  await page.getByRole('link', { name: 'Sessions' }).click()
  await expectPage(page, 'This page cannot be shown')
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await page.getByRole('link', { name: 'Go to Home' }).click()
  await expectHome(page)
})

test('whatever else fails, there is a way to sign out', async ({ page, newPerson, browserLog }) => {
  await signIn(page, await newPerson())
  browserLog.allow(/planted/)
  await page.addInitScript(() => {
    Element.prototype.scrollIntoView = () => {
      throw new Error('planted') // the navigation needs it
    }
  })
  await page.goto('/profile')
  await expectPage(page, 'This page cannot be shown')
  await checkScreen(page)
  const loaded = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await loaded
  await expectPage(page, 'Sign in')
})

test('a dialog that cannot be shown does not leave an empty page', async ({ page, newPerson, browserLog }) => {
  await signIn(page, await newPerson())
  await addKey(page)
  browserLog.allow(/planted/)
  await page.evaluate(() => {
    HTMLDialogElement.prototype.showModal = () => {
      throw new Error('planted')
    }
  })
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await expectPage(page, 'This page cannot be shown')
})

test('an action that fails inside the page says so', async ({ page, newPerson, browserLog }) => {
  await signIn(page, await newPerson())
  await page.goto('/two-factor')
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  await expect(page.getByLabel('Code', { exact: true })).toBeVisible()
  browserLog.allow(/planted/)
  await page.evaluate(() => {
    const find = document.querySelector.bind(document)
    document.querySelector = (wanted: string) => {
      if (wanted === 'h1') throw new Error('planted') // Cancel moves the focus there
      return find(wanted)
    }
  })
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('alert')).toContainText('Something on this page did not work.')
  await page.getByRole('button', { name: 'Load the page again' }).click()
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
})

/** Says where a text stands that a translating browser would rewrite; the page must show it. */
async function expectUntranslated(page: Page, ...texts: string[]) {
  for (const text of texts) {
    await expect(page.getByText(text).first(), text).toBeAttached()
    const found = await page.evaluate((wanted) => {
      const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      const places: (Element | null)[] = []
      while (nodes.nextNode())
        if (nodes.currentNode.textContent?.includes(wanted)) places.push(nodes.currentNode.parentElement)
      return places.filter((place) => !place?.closest('[translate="no"]')).map((place) => place?.outerHTML)
    }, text)
    expect(found, text).toEqual([])
  }
}

test('a browser that translates leaves names, addresses, keys and codes alone', async ({
  page,
  startProduct,
  mailbox,
}) => {
  const product = await startProduct({ flags: mailbox.flags })
  const person = await newPersonAt(product)
  await signIn(page, person, product.url)
  await expectUntranslated(page, person.username)
  await page.goto(`${product.url}/profile`)
  await page.getByLabel('Full name').fill('Ada Lovelace')
  await page.getByLabel('Full name').press('Enter')
  await expect(page.getByRole('banner').getByText('Ada Lovelace')).toBeVisible()
  await expectUntranslated(page, 'Ada Lovelace', person.username)
  await page.goto(`${product.url}/sessions`)
  await expectUntranslated(page, '127.0.0.1')

  await page.goto(`${product.url}/two-factor`)
  await page.getByLabel('Security notices go to').fill('ada@example.com')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByLabel('Code from the mail')).toBeVisible()
  await expect(page.getByText('A code was mailed to')).toBeHidden()
  await expectUntranslated(page, 'ada@example.com')
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  const authenticator = Authenticator.fromURI(await readQR(page))
  await expectUntranslated(page, authenticator.secret.slice(0, 4))
  await confirmKey(page, authenticator)
  await expectUntranslated(page, person.username)
  const codes = await generateCodes(page)
  const word = (await page.getByRole('definition').last().textContent()) ?? ''
  await expectUntranslated(page, ...codes, word)
  await saveCodes(page)
  await expectUntranslated(page, word)
})

/** Fills in a field as some password managers do: without any event. */
async function fillSilently(field: Locator, text: string) {
  await field.evaluate((element, value) => {
    ;(element as HTMLInputElement).value = value
  }, text)
}

test('what was filled in without an event is sent', async ({ page, newPerson, movable, browserLog }) => {
  const person = await newPerson()
  const password = page.getByLabel('Password', { exact: true })
  await page.goto('/sign-in')
  await fillSilently(page.getByLabel('User name'), person.username)
  await fillSilently(password, person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expectHome(page)

  await page.goto('/profile')
  await fillSilently(page.getByLabel('Full name'), 'Ada Lovelace')
  await page.getByLabel('Full name').press('Enter')
  await expect(page.getByText('Saved: Full name.')).toBeVisible()

  await page.goto('/two-factor')
  await fillSilently(page.getByLabel('Security notices go to'), 'ada@example.com')
  await page.getByLabel('Security notices go to').press('Enter')
  await expect(page.getByText('E-mail address saved.')).toBeVisible()
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  const authenticator = Authenticator.fromURI(await readQR(page))
  await fillSilently(page.getByLabel('Phone name'), 'Pixel')
  await fillSilently(page.getByLabel('Code', { exact: true }), await authenticator.next())
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
  await expect(page.getByLabel('Phone name')).toHaveValue('Pixel')
  await fillSilently(page.getByLabel('Phone name'), 'Fairphone')
  await page.getByLabel('Phone name').press('Enter')
  await expect(page.getByText('Phone name saved.')).toBeVisible()

  await page.goto('/password')
  await fillSilently(page.getByLabel('Present password'), person.password)
  await fillSilently(page.getByLabel('New password'), 'a completely new password')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('Your password is changed.')).toBeVisible()

  await signOut(page)
  await signInAsFarAsVerification(page, { ...person, password: 'a completely new password' })
  await fillSilently(page.getByLabel('Verification code'), await authenticator.next())
  await page.getByRole('button', { name: 'Verify', exact: true }).click()
  await expectHome(page)

  const another = await newPersonAt(movable)
  await signIn(page, another, movable.url)
  await page.goto(`${movable.url}/two-factor`)
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await movable.advance(6)
  browserLog.expectStatus(403)
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  await fillSilently(page.getByRole('dialog').getByLabel('Password', { exact: true }), another.password)
  await page.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click()
  await expect(page.getByLabel('Code', { exact: true })).toBeVisible()
})

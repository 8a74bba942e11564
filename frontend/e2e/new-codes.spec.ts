// A new set of backup codes: the dialog that shows them once, the sheet, and
// what becomes of codes that nobody has saved.
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { expect, newPerson, test } from './fixtures'
import { checkScreen } from './screens'
import {
  arriveWithCodes,
  arriveWithKey,
  type Codes,
  expectHome,
  generateCodes,
  replaceCodes,
  saveCodes,
  setUpKey,
  signIn,
} from './steps'

const form = /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/

const newCodes = (page: Page) => page.getByRole('dialog', { name: 'Your new backup codes' })
const row = (page: Page) => page.getByRole('region', { name: 'Backup codes' })

/** Keeps what links to blobs lead to, so that a test can read it as the browser has it. */
async function keepBlobs(page: Page) {
  await page.addInitScript(() => {
    const kept = new Map<string, Blob>()
    const create = URL.createObjectURL.bind(URL)
    URL.createObjectURL = (blob: Blob) => {
      const address = create(blob)
      kept.set(address, blob)
      return address
    }
    Object.assign(window, { kept })
  })
}

async function blobBehind(link: Locator) {
  const text = await link.evaluate(async (anchor: HTMLAnchorElement) => {
    const blob = (window as unknown as { kept: Map<string, Blob> }).kept.get(anchor.href)
    if (!blob) throw new Error(`nothing is known of ${anchor.href}`)
    const bytes = new Uint8Array(await blob.arrayBuffer())
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  })
  return Buffer.from(text, 'base64')
}

const textOf = (pdf: Buffer) => execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf }).toString()

test('a first activation leads on to the codes, which are printed in a new tab', async ({ page, newPerson }) => {
  await keepBlobs(page)
  const { person } = await arriveWithKey(page, newPerson)
  await expect(row(page)).toContainText('You have 0 unused backup codes.')
  await expect(row(page), 'the page leads on').toBeFocused()

  const codes = await generateCodes(page)
  expect(codes.filter((code) => !form.test(code))).toEqual([])
  expect(new Set(codes).size).toBe(10)

  const link = newCodes(page).getByRole('link', { name: /^Print Backup Codes/ })
  await expect(link).toHaveAttribute('rel', 'noopener')
  const address = (await link.getAttribute('href')) ?? ''
  const opened = page.waitForEvent('popup')
  await link.click()
  const tab = await opened
  await tab.waitForLoadState()
  expect(tab.url()).toBe(address)
  expect(await tab.evaluate(() => [document.contentType, window.opener])).toEqual(['application/pdf', null])

  const sheet = textOf(await blobBehind(link))
  for (const part of ['ImageMaster', person.username, 'UTC', 'This sheet replaces all earlier ones.', ...codes]) {
    expect(sheet).toContain(part)
  }
  const checkWord = /Check word\s+(\S{4})/.exec(sheet)?.[1]
  await expect(newCodes(page)).toContainText(`Check word ${checkWord}`)
  await tab.close()

  await saveCodes(page)
  await expect(row(page)).toContainText('You have 10 unused backup codes.')
  await expect(row(page)).toContainText(`check word ${checkWord}`)
  await expect(row(page)).toContainText('Confirmed as saved today')
  const late = await page.context().newPage()
  await expect(late.goto(address), 'the sheet went with the dialog').rejects.toThrow(/ERR_FILE_NOT_FOUND/)
})

test('the dialog of the codes stays until they are said to be saved', async ({ page, newPerson }) => {
  await arriveWithKey(page, newPerson)
  await generateCodes(page)
  const dialog = newCodes(page)
  await expect(dialog).toHaveAttribute('closedby', 'none')
  await expect(dialog.getByRole('button', { name: 'Close' })).toHaveCount(0)
  for (let presses = 0; presses < 4; presses++) await page.keyboard.press('Escape')
  await page.mouse.click(5, 5)
  await expect(dialog).toBeVisible()

  // A browser that does not know closedby takes a second Escape without asking.
  await dialog.evaluate((element: HTMLDialogElement) => element.close())
  await expect(dialog).toBeVisible()
  expect(await dialog.evaluate((element) => element.matches(':modal'))).toBe(true)

  await dialog.getByRole('button', { name: 'Done' }).click()
  const tick = dialog.getByLabel('I have saved these codes')
  await expect(tick).toHaveAccessibleDescription(/Tick this once you have saved the codes/)
  await expect(tick).toBeFocused()
  await tick.check()
  await expect(tick).not.toHaveAttribute('aria-invalid')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(dialog).toBeHidden()
})

test('the codes are copied and downloaded as text that any editor shows', async ({ page, newPerson, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const { person } = await arriveWithKey(page, newPerson)
  const codes = await generateCodes(page)
  await newCodes(page).getByRole('button', { name: 'Copy', exact: true }).click()
  await expect(newCodes(page).getByRole('button', { name: 'Copied', exact: true })).toBeVisible()
  await expect(newCodes(page).getByRole('status').filter({ hasText: 'Copied' })).toHaveCount(1)
  const copied = await page.evaluate(() => navigator.clipboard.readText())

  const started = page.waitForEvent('download')
  await newCodes(page).getByRole('link', { name: 'Download' }).click()
  const download = await started
  expect(download.suggestedFilename()).toBe('backup-codes-set-1.txt')
  const text = await readFile(await download.path(), 'utf8')
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  expect(copied.split(/\r?\n/)).toEqual(text.split('\r\n'))
  const lines = text.split('\r\n')
  expect(lines[0]).toBe('ImageMaster: Backup codes')
  expect(lines).toContain(`Account: ${person.username}`)
  expect(lines).toContain('Set: 1')
  expect(lines.filter((line) => /^Check word: \S{4}$/.test(line))).toHaveLength(1)
  expect(lines.filter((line) => /^Created: .+ UTC$/.test(line))).toHaveLength(1)
  expect(lines.filter((line) => /^[ \d]\d\. {2}/.test(line)).map((line) => line.slice(5))).toEqual(codes)
  expect(text).toContain('Each code works once')
  expect(text).toContain('This sheet replaces all earlier ones.')
})

test('the page itself prints the codes with their head and nothing else', async ({ page, newPerson }) => {
  const { person } = await arriveWithKey(page, newPerson)
  const codes = await generateCodes(page)
  const print = execFileSync('pdftotext', ['-layout', '-', '-'], { input: await page.pdf() }).toString()
  for (const part of [
    'ImageMaster: Backup codes',
    person.username,
    'Check word',
    'replaces all earlier ones',
    ...codes,
  ]) {
    expect(print).toContain(part)
  }
  for (const part of ['Copy', 'Done', 'Two-Factor Authentication', 'Sign out', 'Security']) {
    expect(print).not.toContain(part)
  }
  expect(print.split('\f').filter((sheet) => sheet.trim() !== '')).toHaveLength(1)
})

test('a browser without a viewer downloads the sheet', async ({ page, newPerson }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'pdfViewerEnabled', { value: false }))
  await arriveWithKey(page, newPerson)
  const codes = await generateCodes(page)
  const started = page.waitForEvent('download')
  await newCodes(page).getByRole('link', { name: 'Print Backup Codes' }).click()
  const download = await started
  expect(download.suggestedFilename()).toBe('backup-codes-set-1.pdf')
  expect(textOf(await readFile(await download.path()))).toContain(codes[9])
})

test('codes nobody has confirmed are remembered on every page until new ones are', async ({ page, newPerson }) => {
  await arriveWithKey(page, newPerson)
  await generateCodes(page)
  page.once('dialog', (dialog) => dialog.accept())
  await page.goto('/')
  await expectHome(page)
  const reminder = page.getByText('You have not confirmed saving set 1. Generate new codes.')
  await expect(reminder).toBeVisible()
  await page.getByRole('link', { name: 'Password' }).click()
  await expect(reminder).toBeVisible()

  await page.getByRole('link', { name: 'Generate new codes.' }).click()
  const question = page.getByRole('dialog', { name: 'Generate new backup codes?' })
  await question.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(newCodes(page)).toContainText('all earlier codes have stopped working')
  await saveCodes(page)
  await expect(page.getByText('You have not confirmed saving')).toHaveCount(0)
  await expect(row(page)).toContainText('Set 2')
})

test('leaving asks first, and a page that is left keeps nothing', async ({ page, newPerson }) => {
  await arriveWithKey(page, newPerson)
  const codes = await generateCodes(page)
  const shown = () => page.evaluate(() => document.documentElement.outerHTML)
  expect(await shown()).toContain(codes[0])

  const asked: string[] = []
  page.once('dialog', (dialog) => {
    asked.push(dialog.type())
    return dialog.dismiss()
  })
  await page.evaluate(() => history.back())
  await expect.poll(() => asked).toEqual(['beforeunload'])
  await expect(newCodes(page)).toBeVisible()

  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  const left = await shown()
  for (const code of codes) expect(left).not.toContain(code)
  await expect(page.getByRole('dialog')).toHaveCount(0)

  const again = page.waitForEvent('load')
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
  await again
  await expect(row(page)).toContainText('Not confirmed as saved')
})

test('the memory of the browser for its Back button holds no codes', async ({ pageWithMemory: page, newPerson }) => {
  const restored: string[] = []
  page.on('console', (message) => message.text().startsWith('restored') && restored.push(message.text()))
  await page.addInitScript(() => {
    window.addEventListener('pageshow', ({ persisted }) => {
      if (persisted) console.log(`restored with ${document.querySelectorAll('code').length} codes`)
    })
  })
  await arriveWithKey(page, newPerson)
  await generateCodes(page)
  page.once('dialog', (dialog) => dialog.accept())
  await page.goto('/livez')
  await page.goBack()
  await expect(row(page)).toContainText('Not confirmed as saved')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  expect(restored).toEqual(['restored with 0 codes'])
})

test('codes replaced in another tab are called dead, on coming back and on Done', async ({
  page,
  newPerson,
  watch,
}) => {
  await arriveWithKey(page, newPerson)
  const codes = await generateCodes(page)
  const other = await page.context().newPage()
  await other.goto('/two-factor')
  await replaceCodes(other)

  const dead = page.getByRole('dialog', { name: 'These codes no longer work.' })
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expect(dead).toContainText('Destroy what you have saved or printed of set 1.')
  expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(codes[0])
  await checkScreen(page)
  await dead.getByRole('button', { name: 'Close' }).last().click()
  await expect(row(page)).toContainText('Set 2')

  await replaceCodes(page)
  watch.expectStatus(409)
  watch.allow(/ERR_FAILED/)
  await other.getByLabel('I have saved these codes').check()
  await other.route('**/api/two-factor', (route) => route.abort())
  await other.getByRole('button', { name: 'Done' }).click()
  await expect(other.getByRole('alert')).toContainText('out of date')
  await other.unroute('**/api/two-factor')
  await other.getByRole('button', { name: 'Done' }).click()
  await expect(other.getByRole('dialog', { name: 'These codes no longer work.' })).toBeVisible()
  expect(watch.complaints()).toEqual([])
})

test('a connection that breaks while codes are made says what has become of them', async ({
  page,
  newPerson,
  watch,
}) => {
  await arriveWithKey(page, newPerson)
  watch.allow(/ERR_FAILED/)
  await page.route('**/api/two-factor/backup-codes', (route) => route.abort())
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(row(page).getByRole('alert')).toContainText('nothing was changed')

  await page.unroute('**/api/two-factor/backup-codes')
  await page.route('**/api/two-factor/backup-codes', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(row(page).getByRole('alert')).toContainText('New backup codes were made, but they could not be shown.')
  await expect(row(page)).toContainText('Set 1')
})

test('the first codes suit everybody', async ({ page, newPerson }) => {
  await arriveWithKey(page, newPerson)
  await checkScreen(page)
  await generateCodes(page)
  await checkScreen(page)
  await newCodes(page).getByRole('button', { name: 'Done' }).click()
  await expect(page.getByLabel('I have saved these codes')).toHaveAttribute('aria-invalid', 'true')
  await checkScreen(page)
})

test('codes that are replaced, and not confirmed, suit everybody', async ({ page, newPerson }) => {
  await arriveWithCodes(page, newPerson)
  await checkScreen(page)
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(page.getByRole('dialog', { name: 'Generate new backup codes?' })).toBeVisible()
  await checkScreen(page)
  await page.getByRole('dialog').getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(newCodes(page)).toBeVisible()
  page.once('dialog', (dialog) => dialog.accept())
  await page.goto('/')
  await expectHome(page)
  await checkScreen(page)
})

test('the codes in German', async ({ page, newPerson }) => {
  await keepBlobs(page)
  const { person } = await arriveWithKey(page, newPerson)
  await page.getByLabel('Language').first().selectOption('Deutsch')
  await page.getByRole('button', { name: 'Backup-Codes erzeugen' }).click()
  const dialog = page.getByRole('dialog', { name: 'Ihre neuen Backup-Codes' })
  await expect(dialog.getByRole('listitem')).toHaveCount(10)
  const codes = (await dialog.getByRole('code').allTextContents()) as Codes
  await checkScreen(page)
  const sheet = textOf(await blobBehind(dialog.getByRole('link', { name: /^Backup-Codes drucken/ })))
  expect(sheet).toContain('Dieses Blatt ersetzt alle früheren.')
  const text = (await blobBehind(dialog.getByRole('link', { name: 'Herunterladen' }))).toString()
  expect(text).toContain(`Konto: ${person.username}`)
  await dialog.getByLabel('Ich habe diese Codes gespeichert').check()
  await dialog.getByRole('button', { name: 'Fertig' }).click()
  await expect(page.getByText('Sie haben 10 unbenutzte Backup-Codes.')).toBeVisible()

  await page.getByRole('button', { name: 'Abmelden' }).click()
  await page.getByLabel('Benutzername').fill(person.username)
  await page.getByLabel('Passwort', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
  await page.getByRole('button', { name: 'Backup-Code eingeben' }).click()
  await page.getByLabel('Bestätigungscode').fill(codes[0])
  await page.getByRole('button', { name: 'Bestätigen', exact: true }).click()
  await expect(page.getByText('Sie haben noch 9 unbenutzte Backup-Codes.')).toBeVisible()
  await checkScreen(page)
})

test.describe('when the last proof is old', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('generating asks for both factors first and goes on by itself; a backup code will do', async ({
    page,
    movable,
    watch,
  }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    await setUpKey(page, movable.now)
    const codes = await generateCodes(page)
    await saveCodes(page)
    await movable.advance(6)

    watch.expectStatus(403)
    await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Generate Backup Codes' }).click()
    const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
    await proof.getByLabel('Password', { exact: true }).fill(person.password)
    await proof.getByRole('button', { name: 'Type a backup code' }).click()
    await checkScreen(page)
    await proof.getByLabel('Verification code').fill(codes[0])
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await expect(newCodes(page)).toBeVisible()
    await saveCodes(page)
    await expect(row(page)).toContainText('Set 2')
  })
})

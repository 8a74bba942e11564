// The sheet of new backup codes, their download, the copy and the printed page.

import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import { checkScreen, expectNoOverflow } from './kit/screen'
import { type Codes, confirmKey, generateCodes, saveCodes, scan, signIn, signInWithKey } from './kit/steps'
import { expect, test } from './kit/test'

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
  const person = await newPerson()
  await signIn(page, person)
  await confirmKey(page, await scan(page))
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

test('the codes are copied and downloaded as text that any editor shows', async ({ page, newPerson, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const { person } = await signInWithKey(page, newPerson)
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
  const { person } = await signInWithKey(page, newPerson)
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
  await signInWithKey(page, newPerson)
  const codes = await generateCodes(page)
  const started = page.waitForEvent('download')
  await newCodes(page).getByRole('link', { name: 'Print Backup Codes' }).click()
  const download = await started
  expect(download.suggestedFilename()).toBe('backup-codes-set-1.pdf')
  expect(textOf(await readFile(await download.path()))).toContain(codes[9])
})

test('the codes in German', async ({ page, newPerson }) => {
  await keepBlobs(page)
  const { person } = await signInWithKey(page, newPerson)
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

  const loaded = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Abmelden' }).click()
  await loaded
  await page.getByLabel('Benutzername').fill(person.username)
  await page.getByLabel('Passwort', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
  await page.getByRole('button', { name: 'Backup-Code eingeben' }).click()
  await page.getByLabel('Bestätigungscode').fill(codes[0])
  await page.getByRole('button', { name: 'Bestätigen', exact: true }).click()
  await expect(page.getByText('Sie haben noch 9 unbenutzte Backup-Codes.')).toBeVisible()
  await page.setViewportSize({ width: 320, height: 640 })
  await expectNoOverflow(page)
})

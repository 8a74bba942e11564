// What administrators see of everybody: all events, and the report for auditors.
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { Api } from './kit/api'
import { costOf } from './kit/cost'
import { newPersonWithKey, openPerson, row, signInAsAdministrator } from './kit/people'
import { checkScreen, expectGerman } from './kit/screen'
import { expectPage } from './kit/steps'
import { expect, newPerson, test } from './kit/test'

const main = (page: Page) => page.getByRole('main')
const events = (page: Page) => main(page).getByRole('listitem')

async function search(page: Page, fields: { person?: string; kind?: string; address?: string }) {
  if (fields.person !== undefined) await page.getByLabel('Person').fill(fields.person)
  if (fields.kind !== undefined) await page.getByLabel('What happened').selectOption(fields.kind)
  if (fields.address !== undefined) await page.getByLabel('Address or network').fill(fields.address)
  await page.getByRole('button', { name: 'Search' }).click()
}

/** The lines of the file that the open dialog saves. */
async function exported(page: Page, name: string, filename: RegExp) {
  const downloaded = page.waitForEvent('download')
  await page.getByRole('dialog', { name }).getByRole('button', { name: 'Export' }).click()
  const file = await downloaded
  expect(file.suggestedFilename()).toMatch(filename)
  return (await readFile(await file.path(), 'utf8')).split('\r\n')
}

test('all events are listed, found by person, kind, address and day, and exported', async ({
  page,
  product,
  administrator,
  browserLog,
}) => {
  const person = await newPerson(product)
  await administrator.makeGroups(['ev-porters'], [person.username])
  await signInAsAdministrator(page, product)
  await openPerson(page, person.username)
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByRole('dialog', { name: 'Disable' }).getByRole('button', { name: 'Disable' }).click()
  await expect(page.getByText(/^Disabled since/)).toBeVisible()

  await page.getByRole('link', { name: 'All activity' }).click()
  await expectPage(page, 'All activity')
  await expect(page.getByRole('heading', { name: 'Today' })).toBeVisible()
  await expect(events(page).first()).toContainText('The account was disabled')
  await expect(events(page).first()).toContainText(person.username)
  await expect(events(page).first()).toContainText('(administrator)')
  await checkScreen(page)

  await search(page, { person: person.username.toUpperCase() })
  await expect(events(page).filter({ hasNotText: person.username })).toHaveCount(0)
  await expect(events(page).nth(1)).toContainText('Group: ev-porters.')
  const all = await events(page).count()
  await search(page, { kind: 'The account was disabled' })
  await expect(events(page)).toHaveCount(1)
  await expect(page.getByText('1 event is shown.')).toBeAttached()
  await checkScreen(page)
  await search(page, { address: '203.0.113.0/24' })
  await expect(page.getByText('Nothing was found. Change the search.')).toBeVisible()
  await search(page, { address: '127.0.0.0/8' })
  await expect(events(page)).toHaveCount(1)
  await page.getByLabel('To', { exact: true }).fill('2020-01-31')
  await page.getByRole('button', { name: 'Search' }).click()
  await expect(events(page)).toHaveCount(0)
  await page.getByLabel('To', { exact: true }).fill('')

  browserLog.expectStatus(422)
  await search(page, { person: 'nobody-of-this-name' })
  await expect(page.getByLabel('Person')).toBeFocused()
  await expect(page.getByLabel('Person')).toHaveAccessibleDescription('There is no account with that user name.')
  browserLog.expectStatus(422)
  await search(page, { person: person.username, address: '127.0.0' })
  await expect(page.getByLabel('Address or network')).toHaveAccessibleDescription(/^Address: enter one such as/)
  await checkScreen(page)

  await search(page, { person: person.username, address: '', kind: 'Everything' })
  await expect(events(page)).toHaveCount(all)
  await page.getByRole('button', { name: 'Export' }).click()
  await checkScreen(page)
  const lines = await exported(page, 'Export these events', /^activity-\d{4}-\d\d-\d\d\.csv$/)
  expect(lines, 'header, events, and the end of the last line').toHaveLength(all + 2)
  expect(lines[1]).toContain(`,account_disabled,ok,,${person.username},`)
  await page.getByRole('button', { name: 'Clear' }).click()
  await expect(events(page).first()).toContainText('Security events were exported')
  await events(page).filter({ hasText: person.username }).first().getByRole('link').click()
  await expectPage(page, person.username)
})

test('older events follow by the keyboard, and the person is found by Enter', async ({ page, product }) => {
  const { person } = await signInAsAdministrator(page, product)
  const api = await Api.in(page)
  for (let i = 0; i < 30; i++) {
    await api.send('PATCH', '/api/profile', { theme: i % 2 ? 'day' : 'night' })
    await api.send('POST', '/api/groups', { name: `ev-group-${i}`, description: '' })
  }
  await page.goto('/events')
  await expect(events(page)).toHaveCount(50)
  await page.getByRole('button', { name: 'Show older' }).focus()
  await page.keyboard.press('Enter')
  await expect(events(page).nth(50)).toBeFocused()
  await page.getByLabel('Person').focus()
  await page.keyboard.type(person.username)
  await page.keyboard.press('Enter')
  await expect(page.getByText('This is everything there is.')).toBeVisible()
  await expect(events(page).last()).toContainText('The account was created')
})

test('the report counts people, lists who was helped and why, and is exported', async ({
  page,
  product,
  administrator,
}) => {
  const [open, { person: guarded }] = [await newPerson(product), await newPersonWithKey(product)]
  await administrator.makeGroups(['ev-night-watch'], [open.username, guarded.username])
  const { person: lost } = await newPersonWithKey(product)
  await signInAsAdministrator(page, product)
  await openPerson(page, lost.username)
  await page.getByRole('button', { name: 'Remove second factor' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove second factor' })
  await dialog.getByLabel('Reason').fill('The phone fell into the lake.')
  await dialog.getByRole('button', { name: 'Remove second factor' }).click()
  await expect(page.getByText('There is no second factor. The password alone is enough.')).toBeVisible()

  await page.getByRole('link', { name: 'Report' }).click()
  await expectPage(page, 'Report')
  await expect(row(page, 'ev-night-watch')).toContainText('50%')
  await expect(row(page, lost.username)).toContainText('The phone fell into the lake.')
  await expect(row(page, lost.username)).toContainText('(administrator)')
  const accounts = Number(await main(page).locator('dt', { hasText: 'Accounts' }).locator('xpath=../dd').textContent())
  expect(accounts).toBeGreaterThanOrEqual(5)
  await expect(page.getByText('Nobody is excepted.')).toBeVisible()
  await expect(page.getByText('Codes are accepted from everybody.')).toBeVisible()
  await checkScreen(page)
  await page.getByLabel('Events of the last').selectOption('30 days')
  await expect(row(page, lost.username)).toBeVisible()

  await page.getByRole('button', { name: 'Export' }).click()
  const lines = await exported(page, 'Export the report', /^report-\d{4}-\d\d-\d\d\.csv$/)
  expect(lines[0]).toBe('\uFEFFsection,time,person,group,item,value,by,reason,until')
  expect(lines).toContain('coverage,,,ev-night-watch,group_percent,50.0,,,')
  expect(lines.filter((line) => line.includes('The phone fell into the lake.'))).toHaveLength(1)
})

test('helpers see neither', async ({ page, product, administrator }) => {
  const { person } = await signInAsAdministrator(page, product)
  await administrator.setRole(person.username, 'helper')
  for (const path of ['/events', '/report']) {
    await page.goto(path)
    await expect(page.getByText('Your role does not allow this.')).toBeVisible()
    await expect(page.getByRole('link', { name: /^(All activity|Report)$/ })).toHaveCount(0)
  }
})

test('in German, and what both pages cost', async ({ page, product }) => {
  const { person } = await signInAsAdministrator(page, product)
  await (await Api.in(page)).send('PATCH', '/api/profile', { language: 'de' })
  await page.goto('/people')
  await expectPage(page, 'Personen')
  const link = (name: string) => page.getByRole('navigation').getByRole('link', { name })
  const opened = await costOf(page, async () => {
    await link('Alle Aktivitäten').click()
    await expectPage(page, 'Alle Aktivitäten')
  })
  expect(opened, 'bytes of the events').toBeLessThanOrEqual(8_000)
  // Reasons that others gave in tests before are English.
  await page.getByLabel('Person').fill(person.username)
  await page.getByRole('button', { name: 'Suchen' }).click()
  await expect(events(page).first()).toContainText('Das Profil wurde geändert')
  await expectGerman(page)
  await checkScreen(page)
  await page.getByLabel('Adresse oder Netz').fill('203.0.113.1')
  await page.getByRole('button', { name: 'Suchen' }).click()
  await expect(page.getByText('Nichts wurde gefunden. Ändern Sie die Suche.')).toBeVisible()
  const reported = await costOf(page, async () => {
    await link('Bericht').click()
    await expectPage(page, 'Bericht')
  })
  expect(reported, 'bytes of the report').toBeLessThanOrEqual(8_000)
  await expect(row(page, 'Helfer und Administratoren')).toBeVisible()
  await checkScreen(page)
  await main(page)
    .locator('bdi')
    .evaluateAll((words) => {
      for (const word of words) word.textContent = ''
    })
  await expectGerman(page)
})

// Administration on a phone, with a finger.
import type { Locator } from '@playwright/test'
import { Api } from './kit/api'
import { newPersonWithKey, shownLink, signInAsAdministrator } from './kit/people'
import { checkPresentSize, expectGerman, expectNoOverflow } from './kit/screen'
import { expectPage } from './kit/steps'
import { expect, newPerson, test } from './kit/test'

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })

/** The cells stand one below the other, and none runs over the side. */
async function expectBlock(row: Locator) {
  const boxes = await row
    .getByRole('cell')
    .evaluateAll((cells) =>
      cells.filter((cell) => cell.checkVisibility()).map((cell) => cell.getBoundingClientRect().toJSON()),
    )
  expect(boxes.length).toBeGreaterThan(2)
  expect(Math.max(...boxes.map(({ right }) => right))).toBeLessThanOrEqual(390)
  expect(Math.min(...boxes.map(({ left }) => left))).toBeGreaterThanOrEqual(0)
  expect(new Set(boxes.map(({ top }) => Math.round(top))).size, 'more than one line').toBeGreaterThan(1)
}

test('a person is invited, with a name as long as it may be', async ({ page, product, administrator }) => {
  await administrator.makeGroups([`gruppe-${'w'.repeat(57)}`], [])
  await signInAsAdministrator(page, product)
  await page.getByRole('link', { name: 'People' }).tap()
  await expectPage(page, 'People')
  await page.getByRole('link', { name: 'Invite' }).tap()
  await expectPage(page, 'Invite a person')
  await page.getByRole('button', { name: 'Invite' }).tap()
  await expect(page.getByLabel('User name')).toHaveAccessibleDescription('User name: choose a user name.')
  await checkPresentSize(page)
  await page.getByLabel('User name').fill(`l${'o'.repeat(62)}g`)
  await page.getByLabel('Full name').fill('A'.repeat(100))
  await page.getByLabel('E-mail').fill(`${'m'.repeat(60)}@${'example'.repeat(8)}.org`)
  await page.getByLabel('How long the link works').selectOption('30 days')
  await page.getByRole('checkbox', { name: /^gruppe-w/ }).tap()
  await expect(page.getByRole('checkbox', { name: /^gruppe-w/ })).toBeChecked()
  await page.getByRole('button', { name: 'Invite' }).tap()
  const dialog = page.getByRole('dialog', { name: 'The invitation' })
  expect(await shownLink(page)).toMatch(/welcome#[\w-]{43}$/)
  await checkPresentSize(page)
  await dialog.getByRole('button', { name: 'Done' }).tap()
  await expectPage(page, 'A'.repeat(100))
  await checkPresentSize(page)
  await page.getByRole('button', { name: 'Rename' }).tap()
  await expect(page.getByRole('dialog').getByLabel('Full name')).toHaveValue('A'.repeat(100))
  await checkPresentSize(page)
  await page.getByRole('button', { name: 'Cancel' }).tap()
  await page.getByRole('link', { name: 'Groups' }).tap()
  await expectPage(page, 'Groups')
  await page.getByRole('link', { name: /^gruppe-w/ }).tap()
  await expectPage(page, /^gruppe-w/)
  await expectBlock(page.getByRole('row').last())
  await checkPresentSize(page)
})

test('people are found, filtered and helped', async ({ page, product }) => {
  const { person } = await newPersonWithKey(product)
  const unprotected = await newPerson(product)
  await signInAsAdministrator(page, product)
  await page.goto('/people')
  const search = page.getByRole('searchbox', { name: 'Search people' })
  const shown = (name: string) => page.getByRole('row', { name: new RegExp(name) })
  await search.fill(unprotected.username)
  await expect(shown(unprotected.username)).toContainText('None')
  await search.fill(person.username)
  await expect(shown(person.username)).toContainText('App')
  await expectBlock(shown(person.username))
  await expect(page.getByRole('columnheader'), 'screen readers say the heads').toHaveText([
    'Name',
    'Role',
    'Groups',
    'Second factor',
    'Last sign-in',
  ])
  await checkPresentSize(page)
  await page.getByLabel('Show').selectOption('Without second factor')
  await expect(shown(person.username)).toHaveCount(0)
  await search.fill(unprotected.username)
  await expect(shown(unprotected.username)).toBeVisible()
  await page.getByLabel('Show').selectOption('Everybody')
  await search.fill(person.username)
  await expect(shown(unprotected.username)).toHaveCount(0)
  await shown(person.username).getByRole('link').tap()
  await expectPage(page, person.username)
  await checkPresentSize(page)

  for (const [button, title] of [
    ['Give password link', 'Password link'],
    ['Remove second factor', 'Remove second factor'],
    ['Disable', 'Disable'],
    ['Delete', 'Delete account'],
    ['Change: E-mail', 'Change e-mail'],
    ['Change: Role', 'Change role'],
    ['Change: Groups', 'Change groups'],
  ] as const) {
    await page.getByRole('button', { name: button, exact: true }).tap()
    const dialog = page.getByRole('dialog', { name: title })
    await expect(dialog).toBeInViewport({ ratio: 1 })
    await checkPresentSize(page)
    await dialog.getByRole('button', { name: 'Cancel' }).tap()
    await expect(dialog).toBeHidden()
  }
  await page.getByRole('button', { name: 'Remove second factor' }).tap()
  const removal = page.getByRole('dialog', { name: 'Remove second factor' })
  await removal.getByLabel('Reason').fill(`The phone is gone${', and gone'.repeat(10)}.`)
  await removal.getByRole('button', { name: 'Remove second factor' }).tap()
  await expect(page.getByText('There is no second factor. The password alone is enough.')).toBeVisible()
  await page.getByRole('button', { name: 'Show activity' }).tap()
  await expect(page.getByText(/Reason given: The phone is gone, and gone/)).toBeVisible()
  await expectNoOverflow(page)
  await page.getByRole('button', { name: 'Disable', exact: true }).tap()
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).tap()
  await expect(page.getByText(/^Disabled since/)).toBeVisible()
  await page.getByRole('link', { name: 'All people' }).tap()
  await page.getByLabel('Show').selectOption('Disabled')
  await expect(shown(person.username)).toContainText('Disabled')
})

test('in German on a small phone, no act runs over the side', async ({ page, product, administrator }) => {
  await page.setViewportSize({ width: 320, height: 640 })
  const { person } = await newPersonWithKey(product)
  const invited = await administrator.invite({ display_name: 'Friederike Unterhuber-Achterberg' })
  await administrator.makeGroups(['geschaeftsleitung'], [person.username, invited.username])
  await signInAsAdministrator(page, product)
  await (await Api.in(page)).send('PATCH', '/api/profile', { language: 'de' })
  for (const [username, acts] of [
    [
      person.username,
      [
        'Passwort-Link geben',
        'Zweiten Faktor entfernen',
        'Sperren',
        'Löschen',
        'Umbenennen: Benutzername',
        'Ändern: E-Mail',
        'Ändern: Rolle',
        'Ändern: Gruppen',
      ],
    ],
    [invited.username, ['Einladung erneuern', 'Löschen']],
  ] as const) {
    await page.goto('/people')
    await page.getByRole('searchbox', { name: 'Personen suchen' }).fill(username)
    await expect(page.getByRole('row')).toHaveCount(2)
    await page
      .getByRole('row', { name: new RegExp(username) })
      .getByRole('link')
      .tap()
    await expect(page.getByText(username, { exact: true }).first()).toBeVisible()
    await expectGerman(page)
    await expectNoOverflow(page)
    for (const act of acts) {
      await page.getByRole('button', { name: act, exact: true }).tap()
      await expect(page.getByRole('dialog')).toBeInViewport({ ratio: 1 })
      await expectNoOverflow(page)
      await page.getByRole('dialog').getByRole('button', { name: 'Abbrechen' }).tap()
      await expect(page.getByRole('dialog')).toBeHidden()
    }
  }
  await page.getByRole('link', { name: 'Gruppen', exact: true }).tap()
  await expectPage(page, 'Gruppen')
  await page.getByRole('link', { name: 'geschaeftsleitung' }).tap()
  await expectPage(page, 'geschaeftsleitung')
  await checkPresentSize(page)
  await page.getByRole('button', { name: 'Personen hinzufügen' }).tap()
  await expect(page.getByRole('dialog')).toBeInViewport({ ratio: 1 })
  await checkPresentSize(page)
})

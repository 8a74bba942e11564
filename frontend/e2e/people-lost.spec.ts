// Acts of administrators whose request, or whose answer, is lost on the way.
import type { Page } from '@playwright/test'
import { newPersonWithKey, openPerson, shownLink, signInAsAdministrator } from './kit/people'
import { expectPage } from './kit/steps'
import { expect, newPerson, test } from './kit/test'

const unreachable = 'The server cannot be reached. Check your connection, then try again.'

/** No request to these addresses gets out any more. */
const cut = (page: Page, address: string) => page.route(address, (route) => route.abort())

/** The server does what is asked, but its answer is lost. */
const loseAnswer = (page: Page, address: string) =>
  page.route(address, async (route) => {
    await route.fetch()
    await route.abort()
  })

test.beforeEach(({ browserLog }) => browserLog.allow(/ERR_FAILED/))

test('an invitation that did not arrive: what was typed stays', async ({ page, product, administrator }) => {
  await administrator.makeGroups(['lost-requests'], [])
  await signInAsAdministrator(page, product)
  await page.goto('/people/new')
  await page.getByLabel('User name').fill('lost.request')
  await page.getByLabel('Full name').fill('Lotte Request')
  await page.getByLabel('E-mail').fill('lotte@example.com')
  await page.getByLabel('How long the link works').selectOption('1 day')
  await page.getByLabel('lost-requests').check()
  await cut(page, '**/api/people')
  await page.getByRole('button', { name: 'Invite' }).click()
  await expect(page.getByRole('alert')).toContainText(/cannot be reached/)
  await expect(page.getByLabel('User name')).toHaveValue('lost.request')
  await expect(page.getByLabel('Full name')).toHaveValue('Lotte Request')
  await expect(page.getByLabel('E-mail')).toHaveValue('lotte@example.com')
  await expect(page.getByLabel('How long the link works')).toHaveValue('24')
  await expect(page.getByLabel('lost-requests')).toBeChecked()
  await page.unroute('**/api/people')
  await page.getByRole('button', { name: 'Invite' }).click()
  await page.getByRole('dialog', { name: 'The invitation' }).getByRole('button', { name: 'Done' }).click()
  await expectPage(page, 'Lotte Request')
  await expect(page.getByText(/^lost-requests since/)).toBeVisible()
})

test('an invitation whose answer was lost: the account is found, and its link is renewed', async ({
  page,
  product,
  browserLog,
}) => {
  await signInAsAdministrator(page, product)
  await page.goto('/people/new')
  await page.getByLabel('User name').fill('lost.answer')
  await loseAnswer(page, '**/api/people')
  await page.getByRole('button', { name: 'Invite' }).click()
  await expect(page.getByRole('alert')).toContainText(/cannot be reached/)
  await page.unroute('**/api/people')
  browserLog.expectStatus(422)
  await page.getByRole('button', { name: 'Invite' }).click()
  await expect(page.getByLabel('User name')).toHaveAccessibleDescription(/taken/)
  await page.getByLabel('User name').fill('')
  await openPerson(page, 'lost.answer')
  await page.getByRole('button', { name: 'Renew invitation' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Renew invitation' }).click()
  expect(await shownLink(page)).toContain('/welcome#')
})

test('removing a second factor: the reason stays when the request did not arrive', async ({ page, product }) => {
  const { person } = await newPersonWithKey(product)
  await signInAsAdministrator(page, product)
  await openPerson(page, person.username)
  await page.getByRole('button', { name: 'Remove second factor' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove second factor' })
  await dialog.getByLabel('Reason').fill('The phone is in the river.')
  await cut(page, '**/api/people/*/remove-second-factor')
  await dialog.getByRole('button', { name: 'Remove second factor' }).click()
  await expect(dialog.getByRole('alert')).toContainText(unreachable)
  await expect(dialog.getByLabel('Reason')).toHaveValue('The phone is in the river.')
  await page.unroute('**/api/people/*/remove-second-factor')
  await dialog.getByRole('button', { name: 'Remove second factor' }).click()
  await expect(page.getByText('There is no second factor. The password alone is enough.')).toBeVisible()
})

test('changes of a person: what was typed stays when the request did not arrive', async ({
  page,
  product,
  administrator,
}) => {
  const person = await newPerson(product)
  await administrator.makeGroups(['typed-once'], [])
  await signInAsAdministrator(page, product)
  await openPerson(page, person.username)
  const dialog = page.getByRole('dialog')
  for (const { act, path, button, fill, keeps, shown } of [
    {
      act: 'Rename',
      path: 'name',
      button: 'Rename',
      fill: () => dialog.getByLabel('Full name').fill('Typed Once'),
      keeps: () => expect(dialog.getByLabel('Full name')).toHaveValue('Typed Once'),
      shown: page.getByRole('heading', { level: 1, name: 'Typed Once' }),
    },
    {
      act: 'Change: E-mail',
      path: 'email',
      button: 'Save',
      fill: () => dialog.getByLabel('E-mail').fill('once@example.com'),
      keeps: () => expect(dialog.getByLabel('E-mail')).toHaveValue('once@example.com'),
      shown: page.getByText('once@example.com'),
    },
    {
      act: 'Change: Groups',
      path: 'groups',
      button: 'Save',
      fill: () => dialog.getByLabel('typed-once').check(),
      keeps: () => expect(dialog.getByLabel('typed-once')).toBeChecked(),
      shown: page.getByText(/^typed-once since/),
    },
  ]) {
    await page.getByRole('button', { name: act }).click()
    await fill()
    await cut(page, `**/api/people/*/${path}`)
    await dialog.getByRole('button', { name: button }).click()
    await expect(dialog.getByRole('alert')).toContainText(unreachable)
    await keeps()
    await page.unroute(`**/api/people/*/${path}`)
    await dialog.getByRole('button', { name: button }).click()
    await expect(dialog).toBeHidden()
    await expect(shown).toBeVisible()
  }
})

test('a change whose answer was lost is seen, and its dialog closes', async ({ page, product }) => {
  const person = await newPerson(product)
  await signInAsAdministrator(page, product)
  await openPerson(page, person.username)
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Disable' })
  await loseAnswer(page, '**/api/people/*/disable')
  await dialog.getByRole('button', { name: 'Disable' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText('The account is disabled.')).toBeVisible()
  await expect(page.getByText(/^Disabled since/)).toBeVisible()
})

test('a deletion whose answer was lost is seen', async ({ page, product, browserLog }) => {
  const person = await newPerson(product)
  await signInAsAdministrator(page, product)
  await openPerson(page, person.username)
  await page.getByRole('button', { name: 'Delete' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete' })
  await dialog.getByLabel('Repeat the user name').fill(person.username)
  await loseAnswer(page, '**/api/people/*/delete')
  browserLog.expectStatus(404)
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await expectPage(page, 'People')
  await expect(page.getByText(`The account ${person.username} is deleted.`)).toBeVisible()
})

test('a link that is not copied is not left by mistake', async ({ page, product, context }) => {
  await context.grantPermissions(['clipboard-write'])
  const person = await newPerson(product)
  await signInAsAdministrator(page, product)
  await openPerson(page, person.username)
  await page.getByRole('button', { name: 'Give password link' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Give password link' }).click()
  const link = await shownLink(page)
  const question = page.waitForEvent('dialog')
  await page.evaluate(() => history.back())
  expect((await question).message()).toContain('not copied')
  await (await question).dismiss()
  expect(await shownLink(page)).toBe(link)
  await dialog.getByRole('button', { name: 'Copy' }).click()
  await expect(dialog.getByRole('button', { name: 'Copied' })).toBeVisible()
  await page.evaluate(() => history.back()) // a question would be dismissed, and hold it
  await expectPage(page, 'People')
})

test('a password link whose answer was lost: the next one ends it', async ({
  page,
  product,
  openBrowser,
  browserLog,
}) => {
  const person = await newPerson(product)
  await signInAsAdministrator(page, product)
  await openPerson(page, person.username)
  await page.getByRole('button', { name: 'Give password link' }).click()
  const dialog = page.getByRole('dialog', { name: 'Password link' })
  let lost = ''
  await page.route('**/api/people/*/password-link', async (route) => {
    lost = (await (await route.fetch()).json()).url
    await route.abort()
  })
  await dialog.getByRole('button', { name: 'Give password link' }).click()
  await expect(dialog.getByRole('alert')).toContainText(unreachable)
  await page.unroute('**/api/people/*/password-link')
  await dialog.getByRole('button', { name: 'Give password link' }).click()
  const link = await shownLink(page)
  const their = await openBrowser()
  browserLog.expectStatus(401)
  await their.goto(lost)
  await expectPage(their, 'This link has ended')
  await their.goto('about:blank')
  await their.goto(link)
  await expectPage(their, 'Set a new password')
})

test('groups: what was typed stays when the request did not arrive', async ({ page, product }) => {
  const person = await newPerson(product)
  await signInAsAdministrator(page, product)
  await page.goto('/groups')
  await page.getByRole('button', { name: 'New group' }).click()
  const create = page.getByRole('dialog', { name: 'New group' })
  await create.getByLabel('Name').fill('unreachable')
  await create.getByLabel('Description').fill('Was typed once')
  await cut(page, '**/api/groups')
  await create.getByRole('button', { name: 'Save' }).click()
  await expect(create.getByRole('alert')).toContainText(/cannot be reached/)
  await page.unroute('**/api/groups')
  await create.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('row', { name: /unreachable/ })).toContainText('Was typed once')

  await page.getByRole('link', { name: 'unreachable' }).click()
  await page.getByRole('button', { name: 'Add people' }).click()
  const add = page.getByRole('dialog', { name: 'Add people' })
  await add.getByLabel('User names').fill(person.username)
  await cut(page, '**/api/groups/*/members')
  await add.getByRole('button', { name: 'Add people' }).click()
  await expect(add.getByRole('alert')).toContainText(/cannot be reached/)
  await expect(add.getByLabel('User names')).toHaveValue(person.username)
  await page.unroute('**/api/groups/*/members')
  await loseAnswer(page, '**/api/groups/*/members')
  await add.getByRole('button', { name: 'Add people' }).click()
  await expect(add.getByRole('alert')).toContainText(/cannot be reached/)
  await page.unroute('**/api/groups/*/members')
  await add.getByRole('button', { name: 'Add people' }).click()
  await expect(page.getByText('0 people were added.'), 'the first request had added them').toBeVisible()
  await expect(page.getByRole('row', { name: new RegExp(person.username) })).toHaveCount(1)

  await page.getByRole('button', { name: 'Change', exact: true }).click()
  const change = page.getByRole('dialog', { name: 'Change the group' })
  await change.getByLabel('Name').fill('reachable')
  await change.getByLabel('Description').fill('Was typed twice')
  await cut(page, '**/api/groups/*')
  await change.getByRole('button', { name: 'Save' }).click()
  await expect(change.getByRole('alert')).toContainText(/cannot be reached/)
  await expect(change.getByLabel('Description')).toHaveValue('Was typed twice')
  await page.unroute('**/api/groups/*')
  await change.getByRole('button', { name: 'Save' }).click()
  await expectPage(page, 'reachable')
})

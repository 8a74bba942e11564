// The last proof became too old while a dialog is open: what was typed stays.
import type { Page } from '@playwright/test'
import type { Authenticator } from './kit/authenticator'
import { newPersonWithKey, openPerson, signInAsAdministrator } from './kit/people'
import { expectPage } from './kit/steps'
import { expect, newPerson, type Person, test } from './kit/test'

test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

const proof = (page: Page) => page.getByRole('dialog', { name: 'Confirm it is you' })

async function prove(page: Page, person: Person, authenticator: Authenticator) {
  await proof(page).getByLabel('Password', { exact: true }).fill(person.password)
  await proof(page)
    .getByLabel(/code/i)
    .fill(await authenticator.next())
  await proof(page).getByRole('button', { name: 'Confirm' }).click()
}

test('two tabs with open dialogs: the step-up is given in one, and both keep what was typed', async ({
  page,
  context,
  movable,
  browserLog,
}) => {
  const [first, second] = [await newPerson(movable), await newPersonWithKey(movable)]
  const { person, authenticator } = await signInAsAdministrator(page, movable)
  await openPerson(page, first.username)
  const other = await context.newPage()
  await other.goto('/people')
  await openPerson(other, second.person.username)

  await page.getByRole('button', { name: 'Rename' }).click()
  const rename = page.getByRole('dialog', { name: 'Change names' })
  const username = rename.getByLabel('User name')
  const fullName = rename.getByLabel('Full name')
  await username.fill(`typed-${first.username}`)
  await fullName.fill('Typed in the First Tab')
  await other.getByRole('button', { name: 'Remove second factor' }).click()
  const removal = other.getByRole('dialog', { name: 'Remove second factor' })
  await removal.getByLabel('Reason').fill('Typed in the second tab.')
  await movable.advance(6)

  browserLog.expectStatus(401, 403)
  await rename.getByRole('button', { name: 'Rename' }).click()
  await expect(proof(page)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(proof(page)).toBeHidden()
  await expect(username).toHaveValue(`typed-${first.username}`)
  await expect(fullName).toHaveValue('Typed in the First Tab')
  await expect(rename.getByRole('alert')).toHaveCount(0)

  await removal.getByRole('button', { name: 'Remove second factor' }).click()
  await expect(proof(other)).toBeVisible()
  await proof(other).getByLabel('Password', { exact: true }).fill(person.password)
  await proof(other).getByLabel(/code/i).fill(authenticator.wrong())
  await proof(other).getByRole('button', { name: 'Confirm' }).click()
  await expect(proof(other).getByLabel(/code/i)).toHaveAccessibleDescription(/That code is not right/)
  await prove(other, person, authenticator)
  await expect(other.getByText('There is no second factor. The password alone is enough.')).toBeVisible()
  await other.getByRole('button', { name: 'Show activity' }).click()
  await expect(other.getByText('Reason given: Typed in the second tab.')).toBeVisible()

  await expect(fullName).toHaveValue('Typed in the First Tab')
  await rename.getByRole('button', { name: 'Rename' }).click()
  // The proof of the other tab counts: this one asks no more.
  await expectPage(page, 'Typed in the First Tab')
  await expect(page.getByRole('main')).toContainText(`typed-${first.username}`)
})

test('two tabs on the invitation and a new group: what was typed outlives the step-up', async ({
  page,
  context,
  movable,
  browserLog,
}) => {
  const { person, authenticator } = await signInAsAdministrator(page, movable)
  await page.goto('/groups')
  await page.getByRole('button', { name: 'New group' }).click()
  const create = page.getByRole('dialog', { name: 'New group' })
  const name = `tab-${person.username}`
  await create.getByLabel('Name').fill(name)
  await create.getByLabel('Description').fill('Typed before the pause')
  const other = await context.newPage()
  await other.goto('/people/new')
  await other.getByLabel('User name').fill(`invited-by-${person.username}`)
  await other.getByLabel('Full name').fill('Typed Before')
  await movable.advance(6)

  browserLog.expectStatus(403)
  await other.getByRole('button', { name: 'Invite' }).click()
  await expect(proof(other)).toBeVisible()
  await proof(other).getByRole('button', { name: 'Cancel' }).click()
  await expect(other.getByLabel('User name')).toHaveValue(`invited-by-${person.username}`)
  await expect(other.getByLabel('Full name')).toHaveValue('Typed Before')
  await create.getByRole('button', { name: 'Save' }).click()
  await prove(page, person, authenticator)
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Typed before the pause')
  await other.getByRole('button', { name: 'Invite' }).click()
  await expect(other.getByRole('dialog', { name: 'The invitation' })).toContainText('Give this link to Typed Before')
})

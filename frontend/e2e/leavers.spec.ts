// Who leaves, and who gets another name.
import { giveBoth, newPersonWithKey, openPerson, signInAsAdministrator } from './kit/people'
import { expectPage, givePassword } from './kit/steps'
import { expect, test } from './kit/test'

const refused = 'The user name or password is not right.'

test('a disabled account ends its session, a deleted one keeps its name, and a renamed one has only the new name', async ({
  page,
  product,
  openBrowser,
  browserLog,
}) => {
  const [disabled, deleted, renamed] = [
    await newPersonWithKey(product),
    await newPersonWithKey(product),
    await newPersonWithKey(product),
  ]
  const opened = [await openBrowser(), await openBrowser(), await openBrowser()] as const
  for (const [at, { person, authenticator }] of [disabled, deleted, renamed].entries()) {
    await opened[at]?.goto('/sign-in')
    if (opened[at]) await giveBoth(opened[at], person, () => authenticator.next())
  }
  const administrator = await signInAsAdministrator(page, product)
  browserLog.expectStatus(401, 422)

  await openPerson(page, disabled.person.username)
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByRole('dialog', { name: 'Disable' }).getByRole('button', { name: 'Disable' }).click()
  await expect(page.getByText(/^Disabled since/)).toBeVisible()
  await expect(page.getByText('No session is open.')).toBeVisible()
  await opened[0].getByRole('link', { name: 'Sessions' }).click()
  await expectPage(opened[0], 'Sign in')
  await givePassword(opened[0], disabled.person)
  await expect(opened[0].getByRole('alert')).toHaveText(refused)

  await openPerson(page, deleted.person.username)
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const question = page.getByRole('dialog', { name: 'Delete account' })
  await question.getByLabel('Repeat the user name').fill(disabled.person.username)
  await question.getByRole('button', { name: 'Delete' }).click()
  await expect(question.getByLabel('Repeat the user name')).toHaveAccessibleDescription(
    /not the user name of this account/,
  )
  await question.getByLabel('Repeat the user name').fill(deleted.person.username)
  await question.getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText(`The account ${deleted.person.username} is deleted.`)).toBeVisible()
  await opened[1].getByRole('link', { name: 'Profile' }).click()
  await expectPage(opened[1], 'Sign in')
  await givePassword(opened[1], deleted.person)
  await expect(opened[1].getByRole('alert')).toHaveText(refused)

  const name = `new-${renamed.person.username}`
  await openPerson(page, renamed.person.username)
  await page.getByRole('button', { name: 'Rename' }).click()
  const rename = page.getByRole('dialog', { name: 'Change names' })
  await rename.getByLabel('User name').fill(deleted.person.username)
  await rename.getByRole('button', { name: 'Rename' }).click()
  await expect(rename.getByLabel('User name'), 'the name of a deleted account stays taken').toHaveAccessibleDescription(
    /taken/,
  )
  await rename.getByLabel('User name').fill(name)
  await rename.getByLabel('Full name').fill('Ada Married')
  await rename.getByRole('button', { name: 'Rename' }).click()
  await expectPage(page, 'Ada Married')
  const their = opened[2]
  await their.goto('/')
  await expectPage(their, 'Welcome, Ada Married')
  await their.getByRole('button', { name: 'Sign out' }).click()
  await expectPage(their, 'Sign in')
  await givePassword(their, renamed.person)
  await expect(their.getByRole('alert')).toHaveText(refused)
  await giveBoth(their, { ...renamed.person, username: name }, () => renamed.authenticator.next())
  const told = `${administrator.person.username} changed your user name. It is now ${name}.`
  await expect(their.getByRole('region', { name: 'Security notices' }).getByText(told)).toBeVisible()
})

// A helper of the service desk: what they see, whom they help, and what is kept from them.
import { Administrator } from './kit/administrator'
import { Api } from './kit/api'
import { giveBoth, newPersonWithKey, openPerson, shownLink } from './kit/people'
import { dismissNotices, expectHome, expectPage, givePassword, signOut } from './kit/steps'
import { expect, newPerson, test } from './kit/test'

test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

const chosen = 'wet leaves over seven roofs'

test('a helper gives a password link, and the person signs in with the new password and a code', async ({
  page,
  movable,
  openBrowser,
  browserLog,
}) => {
  const administrator = await Administrator.of(movable, await newPerson(movable, undefined, ['--admin']))
  const helper = await newPersonWithKey(movable)
  await administrator.setRole(helper.person.username, 'helper')
  const { person, authenticator } = await newPersonWithKey(movable)
  await administrator.makeGroups(['front-desk'], [person.username])

  await page.goto('/sign-in')
  await giveBoth(page, helper.person, () => helper.authenticator.next())
  await dismissNotices(page)
  const main = page.getByRole('main')
  await page.getByRole('link', { name: 'Groups' }).click()
  await expectPage(page, 'Groups')
  await page.getByRole('link', { name: 'front-desk' }).click()
  await expect(page.getByRole('row', { name: new RegExp(person.username) })).toBeVisible()
  await expect(main.getByRole('button'), 'a helper changes no group').toHaveCount(0)
  await page.getByRole('link', { name: 'All groups' }).click()
  await expect(page.getByRole('link', { name: 'front-desk' })).toBeVisible()
  await expect(main.getByRole('button')).toHaveCount(0)

  await openPerson(page, person.username)
  await expect(main.getByRole('button'), 'no role, groups, second factor, names, or deleting').toHaveText([
    'Give password link',
    'Give help code',
    'Show activity',
  ])
  await movable.advance(6)
  browserLog.expectStatus(403)
  await page.getByRole('button', { name: 'Give password link' }).click()
  const question = page.getByRole('dialog', { name: 'Password link' })
  await question.getByRole('button', { name: 'Give password link' }).click()
  const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
  await proof.getByLabel('Password', { exact: true }).fill(helper.person.password)
  await proof.getByLabel(/code/i).fill(await helper.authenticator.next())
  await proof.getByRole('button', { name: 'Confirm' }).click()
  const given = page.getByRole('dialog', { name: 'The password link' })
  await expect(given).toContainText(`Give this link to ${person.username}`)
  const link = await shownLink(page)
  await given.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText(/A link for a new password works until/)).toBeVisible()
  await page.reload()
  await expect(page.getByText(/A link for a new password works until/)).toBeVisible()
  await expect(page.getByText('/welcome#'), 'the link is shown once').toHaveCount(0)

  const their = await openBrowser()
  await their.goto(link)
  await expectPage(their, 'Set a new password')
  await their.getByLabel('New password').fill(chosen)
  await their.getByRole('button', { name: 'Set password' }).click()
  await expectPage(their, 'Your password is set')
  await their.getByRole('link', { name: 'Go to sign in' }).click()
  browserLog.expectStatus(401)
  await givePassword(their, person)
  await expect(their.getByRole('alert')).toContainText('The user name or password is not right.')
  await giveBoth(their, { ...person, password: chosen }, () => authenticator.next())
  await signOut(their)
  await their.goto(link)
  await expectPage(their, 'This link has ended')
})

test('a helper ends one session, then all of them; the person signs in again and is told who it was', async ({
  page,
  movable,
  openBrowser,
  browserLog,
}) => {
  const administrator = await Administrator.of(movable, await newPerson(movable, undefined, ['--admin']))
  const helper = await newPersonWithKey(movable)
  await administrator.setRole(helper.person.username, 'helper')
  const person = await newPerson(movable)
  const [at, elsewhere] = [await openBrowser(), await Api.at(movable.url)]
  await at.goto('/sign-in')
  await givePassword(at, person)
  await expectHome(at)
  await elsewhere.signIn(person)
  await page.goto('/sign-in')
  await giveBoth(page, helper.person, () => helper.authenticator.next())

  await openPerson(page, person.username)
  const ends = page.getByRole('button', { name: /^End: / })
  await expect(ends).toHaveCount(2)
  await page.getByRole('button', { name: 'End: Unknown browser' }).click()
  const question = page.getByRole('dialog', { name: 'End this session?' })
  await question.getByRole('button', { name: 'End' }).click()
  await expect(ends).toHaveCount(1)
  expect(await elsewhere.state()).toBe('anonymous')
  await at.reload()
  await expectHome(at)

  await elsewhere.signIn(person)
  await page.reload()
  await page.getByRole('button', { name: 'End all sessions' }).click()
  const all = page.getByRole('dialog', { name: 'End all sessions?' })
  await all.getByRole('button', { name: 'End all sessions' }).click()
  await expect(page.getByText('No session is open.')).toBeVisible()
  expect(await elsewhere.state()).toBe('anonymous')
  browserLog.expectStatus(401)
  await at.getByRole('link', { name: 'Activity' }).click()
  await expectPage(at, 'Sign in')
  await givePassword(at, person)
  await expectPage(at, 'Activity')
  const notices = at.getByRole('region', { name: 'Security notices' })
  await expect(notices.getByText(`${helper.person.username} ended your sessions.`).first()).toBeVisible()
})

test('helpers act on no helper and no administrator, and open no page for administrators', async ({
  page,
  movable,
  browserLog,
}) => {
  const administrator = await Administrator.of(movable, await newPerson(movable, undefined, ['--admin']))
  const [helper, other] = [await newPersonWithKey(movable), await newPersonWithKey(movable)]
  for (const { person } of [helper, other]) await administrator.setRole(person.username, 'helper')
  await page.goto('/sign-in')
  await giveBoth(page, helper.person, () => helper.authenticator.next())
  await dismissNotices(page)
  await page.getByRole('link', { name: 'People' }).click()
  await expectPage(page, 'People')
  const main = page.getByRole('main')
  await expect(page.getByRole('searchbox', { name: 'Search people' })).toBeVisible()
  await expect(main.getByRole('link', { name: /Invite|Import/ })).toHaveCount(0)
  await expect(main.getByRole('button', { name: /Export/ })).toHaveCount(0)
  for (const { username } of [other.person, administrator.person]) {
    await openPerson(page, username)
    await expect(page.getByText('Only administrators change accounts of helpers and administrators.')).toBeVisible()
    await expect(main.getByRole('button')).toHaveText(['Show activity'])
  }
  const administrators = new URL(page.url()).pathname
  await openPerson(page, (await newPerson(movable)).username)
  await expect(page.getByText('a password link alone would open this account')).toBeVisible()
  await openPerson(page, (await administrator.invite()).username)
  await expect(page.getByText('Only an administrator can help with this account now.')).toBeVisible()
  await openPerson(page, helper.person.username)
  await expect(page.getByText('This is your own account.')).toBeVisible()
  await expect(main.getByRole('button')).toHaveText(['Show activity'])

  for (const [path, title] of [
    ['/people/new', 'Invite a person'],
    ['/people/import', 'Import people'],
  ] as const) {
    await page.goto(path)
    await expectPage(page, title)
    await expect(main.getByText('Your role does not allow this.')).toBeVisible()
    await expect(main.getByRole('button')).toHaveCount(0)
    await expect(main.getByRole('textbox')).toHaveCount(0)
  }
  const api = await Api.in(page)
  await expect(api.send('POST', `/api${administrators}/password-link`, { language: 'en' })).rejects.toThrow(/role_owed/)
  await expect(api.send('PUT', `/api${administrators}/role`, { role: 'person' })).rejects.toThrow(/role_owed/)
  await expect(
    api.send('POST', '/api/people/export', { format: 'csv', search: '', filter: '', group: 0 }),
  ).rejects.toThrow(/role_owed/)

  await page.goto('/people')
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  await administrator.setRole(helper.person.username, 'person')
  browserLog.expectStatus(403)
  await page.getByRole('searchbox').fill('a role that was taken away')
  await expect(main.getByRole('alert')).toContainText('Your role does not allow this.')
  await page.reload()
  await expect(main.getByText('Your role does not allow this.')).toBeVisible()
  await page.goto('/')
  await expectHome(page)
  await expect(page.getByRole('link', { name: 'People' })).toHaveCount(0)
})

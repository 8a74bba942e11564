// What helpers and administrators do on their pages.
import { readFile } from 'node:fs/promises'
import { Api } from './kit/api'
import { openPerson, row, signInAsAdministrator } from './kit/people'
import { checkScreen } from './kit/screen'
import { addCodes, addKey, expectPage, signIn, stayWithUnsavedChanges } from './kit/steps'
import { expect, newPerson, test } from './kit/test'

test('an administrator invites a person, finds and renames them, and deletes the account', async ({
  page,
  product,
  browserLog,
}) => {
  await signInAsAdministrator(page, product)
  await page.getByRole('link', { name: 'People' }).click()
  await expectPage(page, 'People')
  await page.getByRole('link', { name: 'Invite' }).click()
  await expectPage(page, 'Invite a person')
  await checkScreen(page)
  await page.getByRole('button', { name: 'Invite' }).click()
  await expect(page.getByLabel('User name')).toHaveAccessibleDescription('User name: choose a user name.')
  await page.getByLabel('User name').fill('jonas.huber')
  await page.getByLabel('Full name').fill('Jonas Huber')
  await page.getByLabel('E-mail').fill('jonas.huber@example.com')
  await page.getByRole('button', { name: 'Invite' }).click()
  const link = page.getByRole('dialog', { name: 'The invitation' })
  await expect(link).toContainText('/welcome#')
  await checkScreen(page)
  await page.keyboard.press('Escape')
  await expect(link).toBeVisible()
  await link.getByRole('button', { name: 'Done' }).click()
  await expectPage(page, 'Jonas Huber')
  await expect(page.getByText('No password was chosen yet. The link works until')).toBeVisible()
  await checkScreen(page)

  await page.getByRole('button', { name: 'Rename' }).click()
  const rename = page.getByRole('dialog', { name: 'Change names' })
  await checkScreen(page)
  await rename.getByLabel('User name').fill('jonas.berger')
  await rename.getByLabel('Full name').fill('Jonas Berger')
  await rename.getByRole('button', { name: 'Rename' }).click()
  await expectPage(page, 'Jonas Berger')
  await expect(page.getByText('No link works any more: renew the invitation.')).toBeVisible()

  await page.getByRole('link', { name: 'All people' }).click()
  await page.getByRole('searchbox').fill('BERGER, jon')
  await expect(row(page, 'Jonas Berger')).toContainText('Invited')
  await expect(page.getByRole('row')).toHaveCount(2)
  await checkScreen(page)
  await page.getByRole('searchbox').fill('nobody has this name')
  await expect(page.getByText('Nobody was found.')).toBeVisible()
  await page.getByRole('searchbox').fill('jonas.b')
  await row(page, 'Jonas Berger').getByRole('link').click()

  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const question = page.getByRole('dialog', { name: 'Delete account' })
  await question.getByLabel('Repeat the user name').fill('jonas.huber')
  browserLog.expectStatus(422)
  await question.getByRole('button', { name: 'Delete' }).click()
  await expect(question.getByLabel('Repeat the user name')).toHaveAccessibleDescription(
    /not the user name of this account/,
  )
  await question.getByLabel('Repeat the user name').fill('Jonas.Berger')
  await question.getByRole('button', { name: 'Delete' }).click()
  await expectPage(page, 'People')
  await expect(page.getByText('Nobody was found.')).toBeVisible()
})

test('one person after the other is invited, into the same groups', async ({ page, product, administrator }) => {
  await administrator.makeGroups(['newcomers'], [])
  await signInAsAdministrator(page, product)
  await page.goto('/people/new')
  await page.getByLabel('newcomers').check()
  const dialog = page.getByRole('dialog', { name: 'The invitation' })
  for (const name of ['first.newcomer', 'second.newcomer']) {
    await page.getByLabel('User name').fill(name)
    await page.getByRole('button', { name: 'Invite', exact: true }).click()
    await expect(dialog).toContainText(`Give this link to ${name}`)
    if (name === 'second.newcomer') break
    await dialog.getByRole('button', { name: 'Invite another person' }).click()
    await expect(page.getByLabel('User name')).toBeFocused()
    await expect(page.getByLabel('User name')).toHaveValue('')
  }
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expectPage(page, 'second.newcomer')
  await page.getByRole('link', { name: 'All people' }).click()
  await page.getByLabel('Show').selectOption('Group newcomers')
  await expect(page.getByRole('row')).toHaveCount(3)
})

test('leaving an invitation that was begun asks first', async ({ page, product }) => {
  await signInAsAdministrator(page, product)
  await page.goto('/people/new')
  await page.getByLabel('Full name').fill('Begun and Not Sent')
  await stayWithUnsavedChanges(page, 'Groups')
  await expectPage(page, 'Invite a person')
  await expect(page.getByLabel('Full name')).toHaveValue('Begun and Not Sent')
  page.once('dialog', (question) => question.accept())
  await page.getByRole('link', { name: 'Groups' }).click()
  await expectPage(page, 'Groups')
})

test('a person who lost the phone: the factor is removed for a reason, and one act excludes the other', async ({
  page,
  product,
  browser,
  browserLog,
}) => {
  const person = await newPerson(product)
  const theirs = await browser.newContext({ locale: 'en-GB', baseURL: product.url })
  const their = await theirs.newPage()
  await signIn(their, person, product.url)
  await addKey(their, undefined, product.url)
  await addCodes(their, product.url)

  await signInAsAdministrator(page, product)
  await openPerson(page, person.username)
  await expect(page.getByText(/Protected by an app since .*, with 10 backup codes left\./)).toBeVisible()
  await checkScreen(page)
  await page.getByRole('button', { name: 'Remove second factor' }).click()
  const dialog = page.getByRole('dialog', { name: 'Remove second factor' })
  await dialog.getByRole('button', { name: 'Remove second factor' }).click()
  await expect(dialog.getByLabel('Reason')).toHaveAccessibleDescription('Reason: say why.')
  await dialog.getByLabel('Reason').fill('The phone was stolen.')
  await dialog.getByRole('button', { name: 'Remove second factor' }).click()
  await expect(page.getByText('There is no second factor. The password alone is enough.')).toBeVisible()

  browserLog.expectStatus(403)
  await page.getByRole('button', { name: 'Give password link' }).click()
  const refused = page.getByRole('dialog', { name: 'Password link' })
  await refused.getByRole('button', { name: 'Give password link' }).click()
  await expect(refused.getByRole('alert')).toContainText('One person may do only one of them')
  await refused.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Show activity' }).click()
  await expect(page.getByText('Reason given: The phone was stolen.')).toBeVisible()
  await theirs.close()
})

test('a helper gives a password link, and has no other buttons', async ({ page, product, administrator, browser }) => {
  const person = await newPerson(product)
  const theirs = await browser.newContext({ locale: 'en-GB', baseURL: product.url })
  const their = await theirs.newPage()
  await signIn(their, person, product.url)
  await addKey(their, undefined, product.url)

  const { person: helper } = await signInAsAdministrator(page, product)
  await administrator.setRole(helper.username, 'helper')
  await page.goto('/people')
  await expect(page.getByRole('link', { name: 'Invite' })).toHaveCount(0)
  await openPerson(page, person.username)
  for (const name of ['Rename', 'Disable', 'Delete', 'Remove second factor']) {
    await expect(page.getByRole('button', { name, exact: true })).toHaveCount(0)
  }
  await page.getByRole('button', { name: 'Give password link' }).click()
  const dialog = page.getByRole('dialog', { name: 'Password link' })
  await dialog.getByRole('button', { name: 'Give password link' }).click()
  await expect(page.getByRole('dialog', { name: 'The password link' })).toContainText('/welcome#')
  await theirs.close()
})

test('people are disabled and let in again, change roles and groups', async ({ page, product, administrator }) => {
  const person = await newPerson(product)
  await administrator.makeGroups(['readers', 'editors'], [person.username])
  await signInAsAdministrator(page, product)
  await openPerson(page, person.username)
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  const disable = page.getByRole('dialog', { name: 'Disable' })
  await disable.getByRole('button', { name: 'Disable' }).click()
  await expect(page.getByText(/^Disabled since .* Nobody can sign in to this account\.$/)).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 }), 'the button is gone').toBeFocused()
  await page.getByRole('button', { name: 'Enable', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click()
  await expect(page.getByText('There is no second factor. The password alone is enough.')).toBeVisible()

  await page.getByRole('button', { name: 'Change: Groups' }).click()
  const groups = page.getByRole('dialog', { name: 'Change groups' })
  await groups.getByLabel('readers').uncheck()
  await groups.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText(/^editors since/)).toBeVisible()
  await expect(page.getByText(/^readers since/)).toHaveCount(0)

  await page.goto('/people')
  await page.getByLabel('Show').selectOption('Group editors')
  await expect(page.getByRole('row')).toHaveCount(2)
  await page.getByLabel('Show').selectOption('Without second factor')
  await page.getByRole('searchbox').fill(person.username)
  await expect(row(page, person.username)).toContainText('None')
})

test('a list is exported, guarded against formulas', async ({ page, product, administrator }) => {
  await administrator.invite({ username: 'ada.export', display_name: '=1+1' })
  await signInAsAdministrator(page, product)
  await page.goto('/people')
  await page.getByRole('searchbox').fill('ada.export')
  await expect(page.getByRole('row')).toHaveCount(2)
  await page.getByRole('button', { name: 'Export' }).click()
  const dialog = page.getByRole('dialog', { name: 'Export this list' })
  await checkScreen(page)
  const downloaded = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Export' }).click()
  const file = await downloaded
  expect(file.suggestedFilename()).toMatch(/^people-\d{4}-\d\d-\d\d\.csv$/)
  const lines = (await readFile(await file.path(), 'utf8')).split('\r\n')
  expect(lines).toHaveLength(3)
  expect(lines[1]).toContain("ada.export,'=1+1,")
})

test('an import is checked line by line, makes all accounts, and gives the links once', async ({ page, product }) => {
  await signInAsAdministrator(page, product)
  await page.goto('/people/import')
  await expectPage(page, 'Import people')
  const table = (lines: string[]) => ({
    name: 'people.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`\uFEFF${lines.join('\r\n')}\r\n`),
  })
  const file = page.getByLabel('Table in CSV')
  await file.setInputFiles(table(['username;name;email;groups', 'one;One;one@example.org;', 'two words;Two;;nothing']))
  await expect(page.getByText('Line 3: The user name may have letters, digits and signs, and no spaces.')).toBeVisible()
  await expect(page.getByRole('button', { name: /^Import/ })).toHaveCount(0)
  await checkScreen(page)
  await file.setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from([0x75, 0xe4, 0x0a]) })
  await expect(page.getByRole('alert')).toContainText('This file is not text in UTF-8.')

  const people = Array.from({ length: 400 }, (_, i) => `import${i},Person ${i},import${i}@example.org,`)
  await file.setInputFiles(table(['username,name,email,groups', ...people]))
  await expect(page.getByText('400 people can be imported.')).toBeVisible()
  await checkScreen(page)
  await page.getByRole('button', { name: 'Import 400 people' }).click()
  await expect(page.getByText('400 accounts were made.')).toBeVisible()
  const question = page.waitForEvent('dialog')
  const away = page.getByRole('link', { name: 'Show people' }).click()
  expect((await question).message()).toContain('The links are not downloaded.')
  await (await question).dismiss()
  await away
  await checkScreen(page)
  const downloaded = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download the links' }).click()
  const links = (await readFile(await (await downloaded).path(), 'utf8')).split('\r\n')
  expect(links).toHaveLength(402)
  expect(links[1]).toMatch(/^import0,Person 0,import0@example\.org,http:\/\/localhost:\d+\/welcome#[\w-]{43},/)
  await page.getByRole('link', { name: 'Show people' }).click()
  await page.getByRole('searchbox').fill('import')
  await expect(page.getByRole('row').nth(1)).toContainText('import0')
  await expect(page.getByRole('row')).toHaveCount(51)
  await page.getByRole('button', { name: 'Show more' }).click()
  await expect(page.getByRole('row')).toHaveCount(101)
})

test('groups are made, filled, changed and deleted', async ({ page, product, browserLog }) => {
  const person = await newPerson(product)
  await signInAsAdministrator(page, product)
  await page.getByRole('link', { name: 'Groups' }).click()
  await expectPage(page, 'Groups')
  await page.getByRole('button', { name: 'New group' }).click()
  const create = page.getByRole('dialog', { name: 'New group' })
  await create.getByLabel('Name').fill('Night Shift')
  browserLog.expectStatus(422)
  await create.getByRole('button', { name: 'Save' }).click()
  await expect(create.getByLabel('Name')).toHaveAccessibleDescription(/use 1 to 64 small letters/)
  await create.getByLabel('Name').fill('night-shift')
  await create.getByLabel('Description').fill('Works at night')
  await create.getByRole('button', { name: 'Save' }).click()
  await expect(row(page, 'night-shift')).toContainText('0 members')
  await checkScreen(page)
  await page.getByRole('link', { name: 'night-shift' }).click()
  await expectPage(page, 'night-shift')
  await expect(page.getByText('Nobody is in this group.')).toBeVisible()
  await page.getByRole('button', { name: 'Add people' }).click()
  const add = page.getByRole('dialog', { name: 'Add people' })
  await add.getByLabel('User names').fill(`${person.username} nobody-of-this-name`)
  browserLog.expectStatus(422)
  await add.getByRole('button', { name: 'Add people' }).click()
  await expect(add.getByLabel('User names')).toHaveAccessibleDescription(
    /there is no account nobody-of-this-name\. Nobody was added/,
  )
  await add.getByLabel('User names').fill(person.username)
  await add.getByRole('button', { name: 'Add people' }).click()
  await expect(row(page, person.username)).toBeVisible()
  await checkScreen(page)
  await row(page, person.username).getByRole('button').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('Nobody is in this group.')).toBeVisible()
  await page.getByRole('button', { name: 'Delete group' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete group' }).click()
  await expectPage(page, 'Groups')
  await expect(row(page, 'night-shift')).toHaveCount(0)
})

test('a person without a role sees no administration, and an administrator needs a second factor', async ({
  page,
  product,
}) => {
  await signIn(page, await newPerson(product))
  await expect(page.getByRole('link', { name: 'People' })).toHaveCount(0)
  await page.goto('/people')
  await expect(page.getByText('Your role does not allow this.')).toBeVisible()
  await (await Api.in(page)).send('DELETE', '/api/session')
  await signIn(page, await newPerson(product, undefined, ['--admin']))
  await page.getByRole('link', { name: 'People' }).click()
  await expect(page.getByText('These pages need two-factor authentication.')).toBeVisible()
  await checkScreen(page)
  await page.getByRole('link', { name: 'Set up two-factor authentication' }).click()
  await expectPage(page, 'Two-Factor Authentication')
})

test('in German', async ({ page, product, administrator }) => {
  await administrator.invite({ username: 'deutsch', display_name: 'Käthe Weiß' })
  const { person } = await signInAsAdministrator(page, product)
  await (await Api.in(page)).send('PATCH', '/api/profile', { language: 'de' })
  await page.goto('/people')
  await expectPage(page, 'Personen')
  await page.getByRole('searchbox', { name: 'Personen suchen' }).fill('kath')
  await expect(row(page, 'Käthe Weiß')).toContainText('Eingeladen')
  await checkScreen(page)
  await row(page, 'Käthe Weiß').getByRole('link').click()
  await expect(page.getByText(/^Noch wurde kein Passwort gewählt\./)).toBeVisible()
  await checkScreen(page)
  await page.goto('/people')
  await page.getByRole('searchbox').fill(person.username)
  await expect(page.getByRole('row')).toHaveCount(2)
  await row(page, person.username).getByRole('link').click()
  await expect(page.getByText('Das ist Ihr eigenes Konto.')).toBeVisible()
})

// Applications behind the sign-in: what administrators do with them and their rules,
// and what people see of them at Home.
import { randomBytes } from 'node:crypto'
import type { Page } from '@playwright/test'
import { Administrator } from './kit/administrator'
import { Api } from './kit/api'
import { expectVisibleFocus, press, tabTo, type } from './kit/keyboard'
import { row, signInAsAdministrator } from './kit/people'
import { checkScreen, expectGerman } from './kit/screen'
import { expectHome, expectPage, signIn } from './kit/steps'
import { createAdministrator, expect, newPerson, test } from './kit/test'

/** A name that nothing else on the server has; also a host, and no English word. */
const unique = () => `w${randomBytes(5).toString('hex')}`

const first = {
  path: '/',
  methods: 'all',
  who: 'everybody',
  groups: [] as string[],
  factor: 'two',
  max_age_minutes: 0,
  origins: [] as string[],
}
const open = { ...first, who: 'public', factor: 'none' }

interface Made {
  id: number
  name: string
  revision: number
}

/** Adds an application through the API, as the administrator of the page. */
async function make(page: Page, rules: object[] = [first], name = unique()): Promise<Made> {
  const api = await Api.in(page, new URL(page.url()).origin)
  const body = { name, addresses: [`https://${name}.example.com`], rules, revision: 0 }
  return (await api.send('POST', '/api/applications', body)) as Made
}

async function openApplication(page: Page, { id, name }: Made) {
  await page.goto(new URL(`/applications/${id}`, page.url()).href)
  await expectPage(page, name)
}

/** The cells of the rules, without the last line, which is for anything else. */
async function expectRules(page: Page, wanted: RegExp[]) {
  const rows = page.getByRole('table', { name: 'Rules' }).getByRole('row')
  await expect(rows).toHaveCount(wanted.length + 2)
  for (const [index, words] of wanted.entries()) await expect(rows.nth(index + 1)).toHaveText(words)
  await expect(rows.last()).toHaveText(/anything else\s*refused/)
}

async function ask(page: Page, address: string, method: string, person: string) {
  await page.getByLabel('Address', { exact: true }).fill(address)
  await page.getByLabel('Method', { exact: true }).fill(method)
  await page.getByLabel('Person').fill(person)
  await page.getByRole('button', { name: 'Try', exact: true }).click()
}

test('the first application: nothing is there, it is added with one dialog, found, changed and deleted', async ({
  page,
  startProduct,
  browserLog,
}) => {
  const product = await startProduct()
  await createAdministrator(product)
  await signInAsAdministrator(page, product)
  await page.getByRole('link', { name: 'Applications' }).click()
  await expectPage(page, 'Applications')
  await expect(page.getByText('There are no applications yet.')).toBeVisible()
  await expect(page.getByText('this server runs without --gate-listen')).toBeVisible()
  await checkScreen(page)

  await page.getByRole('button', { name: 'Add application' }).click()
  const add = page.getByRole('dialog', { name: 'Add an application' })
  await add.getByRole('button', { name: 'Add application' }).click()
  await expect(add.getByLabel('Name')).toHaveAccessibleDescription('Name: enter one.')
  await expect(add.getByLabel('Address', { exact: true })).toHaveAccessibleDescription('Address: enter one.')
  await checkScreen(page)
  await add.getByLabel('Name').fill('Wiki')
  await add.getByLabel('Address', { exact: true }).fill('wiki.example.com')
  await add.getByRole('button', { name: 'Add application' }).click()
  await expectPage(page, 'Wiki')
  await expect(page.getByText('The application Wiki was added.')).toBeVisible()
  await expectRules(page, [/^1\s*\/\s*All\s*Everybody\s*Two factors/])

  await page.getByRole('link', { name: 'All applications' }).click()
  await expect(row(page, 'Wiki')).toHaveText(/Wiki\s*wiki\.example\.com\s*Everybody\s*Two factors\s*–/)
  await checkScreen(page)
  await page.getByRole('searchbox', { name: 'Search applications' }).fill('WIKI.example')
  await expect(page.getByText('1 application is shown.')).toBeAttached()
  await page.getByRole('searchbox').fill('nothing like it')
  await expect(page.getByText('No application was found. Change the search.')).toBeVisible()
  await page.getByRole('searchbox').fill('')
  await row(page, 'Wiki').getByRole('link').click()

  await page.getByRole('button', { name: 'Change: name and addresses' }).click()
  const change = page.getByRole('dialog', { name: 'Change name and addresses' })
  await change.getByLabel('Name').fill('Notes')
  await change.getByRole('button', { name: 'Add another address' }).click()
  await expect(change.getByLabel('Address 2', { exact: true })).toBeFocused()
  await change.getByRole('button', { name: 'Save' }).click()
  await expect(change.getByLabel('Address 2', { exact: true })).toHaveAccessibleDescription(/or remove this field/)
  await change.getByLabel('Address 2', { exact: true }).fill('https://wiki.example.com:443/')
  browserLog.expectStatus(422)
  await change.getByRole('button', { name: 'Save' }).click()
  await expect(change.getByLabel('Address 2', { exact: true })).toHaveAccessibleDescription(
    'Address: this one is there twice.',
  )
  await expect(change.getByLabel('Address 2', { exact: true })).toBeFocused()
  await checkScreen(page)
  await change.getByLabel('Address 2', { exact: true }).fill('https://notes.example.com')
  await change.getByRole('button', { name: 'Add another address' }).click()
  await change.getByLabel('Address 3', { exact: true }).fill('https://third.example.com')
  await change.getByRole('button', { name: 'Remove Address 1' }).click()
  await expect(change.getByLabel('Address 1', { exact: true })).toHaveValue('https://notes.example.com')
  await expect(change.getByLabel('Address 1', { exact: true })).toBeFocused()
  await change.getByRole('button', { name: 'Save' }).click()
  await expectPage(page, 'Notes')
  await expect(page.getByText('notes.example.com · third.example.com')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Change: name and addresses' })).toBeFocused()
  await expect(page.getByLabel('Address', { exact: true }), 'of Try it').toHaveValue('https://notes.example.com/')

  await page.getByRole('button', { name: 'Delete application' }).click()
  const question = page.getByRole('dialog', { name: 'Delete this application?' })
  await expect(question).toContainText('Notes')
  await checkScreen(page)
  await question.getByRole('button', { name: 'Delete application' }).click()
  await expectPage(page, 'Applications')
  await expect(page.getByText('There are no applications yet.')).toBeVisible()
})

test('rules are added, changed, put in order and deleted', async ({ page, product, administrator }) => {
  const [editors, readers] = [unique(), unique()]
  await administrator.makeGroups([editors, readers], [])
  await signInAsAdministrator(page, product)
  await openApplication(page, await make(page))
  await page.getByRole('button', { name: 'Add rule' }).click()
  const add = page.getByRole('dialog', { name: 'Add a rule' })
  await checkScreen(page)
  await add.getByLabel('Path').fill('/public/')
  await add.getByLabel('Methods').selectOption('Reading: GET and HEAD only')
  await add.getByRole('radio', { name: 'Public' }).check()
  await expect(add.getByLabel('Second factor'), 'a public rule asks for none').toHaveCount(0)
  await add.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Rule 1 is saved.'), 'before the rule that would leave nothing for it').toBeVisible()
  await expectRules(page, [/^1\s*\/public\s*Reading\s*Public\s*–/, /^2\s*\/\s*All/])
  await page.getByRole('button', { name: 'Move rule 1 down' }).click()
  await expect(page.getByText('Rule 1 is now rule 2.')).toBeVisible()
  await expectRules(page, [/^1\s*\/\s*All/, /^2\s*\/public\s*Never reached: rule 1 decides before\./])
  await checkScreen(page)

  await page.getByRole('button', { name: 'Move rule 2 up' }).click()
  await expect(page.getByText('Rule 2 is now rule 1.')).toBeVisible()
  await expectRules(page, [/^1\s*\/public\s*Reading/, /^2\s*\//])
  await expect(page.getByRole('button', { name: 'Move rule 1 down' }), 'it is the first now').toBeFocused()
  await expect(page.getByRole('button', { name: 'Move rule 1 up' })).toBeDisabled()
  await expect(page.getByRole('button', { name: 'Move rule 2 down' })).toBeDisabled()

  await page.getByRole('button', { name: 'Change rule 2' }).click()
  const change = page.getByRole('dialog', { name: 'Change rule 2' })
  await expect(change.getByLabel('Path')).toHaveValue('/')
  await change.getByRole('radio', { name: 'Groups' }).check()
  await change.getByRole('checkbox', { name: editors }).check()
  await change.getByRole('checkbox', { name: readers }).check()
  await change.getByLabel('Second factor').selectOption('Password alone')
  await change.getByLabel('Not older than').fill('15')
  await change.getByRole('button', { name: 'Add a further origin' }).click()
  await change.getByLabel('Further origin 1', { exact: true }).fill('portal.example.com')
  await checkScreen(page)
  await change.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Rule 2 is saved.')).toBeVisible()
  const named = [editors, readers].sort().join(', ')
  await expectRules(page, [
    /^1\s*\/public/,
    new RegExp(`^2\\s*/\\s*All\\s*${named}\\s*Password\\s*not older than 15 min\\s*1 further origin`),
  ])
  await checkScreen(page)

  await page.reload()
  await page.getByRole('button', { name: 'Change rule 2' }).click()
  await expect(change.getByRole('checkbox', { name: editors })).toBeChecked()
  await expect(change.getByLabel('Not older than')).toHaveValue('15')
  await expect(change.getByLabel('Further origin 1', { exact: true })).toHaveValue('https://portal.example.com')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Change rule 2' })).toBeFocused()

  await page.getByRole('button', { name: 'Delete rule 1' }).click()
  const question = page.getByRole('dialog', { name: 'Delete this rule?' })
  await expect(question).toContainText('Rule 1 for /public is deleted.')
  await question.getByRole('button', { name: 'Delete rule' }).click()
  await expectRules(page, [new RegExp(`^1\\s*/\\s*All\\s*${named}`)])
  await page.getByRole('button', { name: 'Delete rule 1' }).click()
  await question.getByRole('button', { name: 'Delete rule' }).click()
  await expectRules(page, [])
  await expect(page.getByRole('heading', { level: 1 }), 'the button is gone').toBeFocused()
})

test('errors stand at their fields', async ({ page, product, administrator, browserLog }) => {
  const group = unique()
  await administrator.makeGroups([group], [])
  await signInAsAdministrator(page, product)
  const other = await make(page)
  const mine = await make(page)
  await page.goto('/applications')
  await page.getByRole('button', { name: 'Add application' }).click()
  const add = page.getByRole('dialog')
  browserLog.expectStatus(422)
  for (const [name, address, field, message] of [
    [other.name, `${unique()}.example.com`, 'Name', /there is an application of that name/],
    ['x'.repeat(61), `${unique()}.example.com`, 'Name', /at most 60 characters/],
    [unique(), `${other.name}.example.com:8443`, 'Address', /that host belongs to another application/],
    [unique(), product.url, 'Address', /that is the host of the sign-in itself/],
    [unique(), 'https://x.example.com/path', 'Address', /without a path/],
    [unique(), 'http://x.example.com', 'Address', /Plain http is for this machine only/],
  ] as const) {
    await add.getByLabel('Name').fill(name)
    await add.getByLabel('Address', { exact: true }).fill(address)
    await add.getByRole('button', { name: 'Add application' }).click()
    const wrong = add.getByLabel(field, { exact: true })
    await expect(wrong).toHaveAccessibleDescription(message)
    await expect(wrong).toBeFocused()
  }

  await openApplication(page, mine)
  await page.getByRole('button', { name: 'Add rule' }).click()
  const rule = page.getByRole('dialog', { name: 'Add a rule' })
  const save = rule.getByRole('button', { name: 'Save' })
  await save.click()
  await expect(rule.getByLabel('Path')).toHaveAccessibleDescription(/A slash alone is for all pages/)
  for (const [path, message] of [
    ['docs', /begin with a slash/],
    ['/a b', /letters, digits and common signs/],
    ['/docs/*', /There are no wildcards/],
    ['/docs/../x', /a part of one or two dots/],
    [`/${'x'.repeat(200)}`, /at most 200 characters/],
  ] as const) {
    await rule.getByLabel('Path').fill(path)
    await save.click()
    await expect(rule.getByLabel('Path')).toHaveAccessibleDescription(message)
  }
  await rule.getByLabel('Path').fill('/docs')
  for (const age of ['0', '1441', '1.5', 'soon']) {
    await rule.getByLabel('Not older than').fill(age)
    await save.click()
    await expect(rule.getByLabel('Not older than')).toHaveAccessibleDescription(/from 1 to 1440, or leave it empty/)
  }
  await rule.getByLabel('Not older than').fill('')
  await rule.getByRole('radio', { name: 'Groups' }).check()
  await save.click()
  await expect(rule.getByRole('checkbox').first()).toHaveAccessibleDescription(
    'Groups: choose at least one, and at most 50.',
  )
  await checkScreen(page)
  await rule.getByRole('checkbox', { name: group }).check()
  await expect(rule.getByText('Groups: choose at least one')).toHaveCount(0)
  for (const number of [1, 2]) {
    await rule.getByRole('button', { name: 'Add a further origin' }).click()
    await rule.getByLabel(`Further origin ${number}`, { exact: true }).fill(`https://o${number}.example.com`)
  }
  await rule.getByLabel('Further origin 2', { exact: true }).fill('https://o2.example.com/x')
  await save.click()
  await expect(rule.getByLabel('Further origin 2', { exact: true })).toHaveAccessibleDescription(/without a path/)
  await expect(rule.getByLabel('Further origin 1', { exact: true })).not.toHaveAttribute('aria-invalid', 'true')

  // The group is deleted while the dialog is open.
  await rule.getByRole('button', { name: 'Remove Further origin 2' }).click()
  const api = await Api.in(page)
  const { groups } = await api.send('GET', '/api/groups')
  const { id } = groups.find(({ name }: { name: string }) => name === group)
  await api.send('DELETE', `/api/groups/${id}`)
  await save.click()
  await expect(rule.getByRole('checkbox', { name: group })).toHaveAccessibleDescription(
    /there is no such group any more/,
  )
  await rule.getByRole('radio', { name: 'Everybody' }).check()
  await save.click()
  await expect(page.getByText('Rule 1 is saved.')).toBeVisible()
})

test('a change that somebody else overtakes is not saved, and the newest is shown', async ({
  page,
  product,
  browserLog,
}) => {
  await signInAsAdministrator(page, product)
  const made = await make(page, [first, { ...first, path: '/docs' }])
  await openApplication(page, made)
  const overtake = async (name: string) => {
    const api = await Api.in(page)
    const present = await api.send('GET', `/api/applications/${made.id}`)
    await api.send('PUT', `/api/applications/${made.id}`, { ...present, id: undefined, opened_at: undefined, name })
  }
  const name = unique()
  await overtake(name)
  browserLog.expectStatus(409)
  await page.getByRole('button', { name: 'Change rule 2' }).click()
  await page.getByRole('dialog').getByLabel('Path').fill('/other')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expectPage(page, name)
  await expect(page.getByRole('dialog')).toHaveCount(0)
  const told = page.getByRole('alert')
  await expect(told).toContainText('Somebody changed this application meanwhile.')
  await expect(told).toBeFocused()
  await expectRules(page, [/^1\s*\/\s*All/, /^2\s*\/docs/])
  await checkScreen(page)

  await page.getByRole('button', { name: 'Move rule 2 up' }).click()
  await expectRules(page, [/^1\s*\/docs/, /^2\s*\/\s*All/])
  await expect(told, 'the second time it works').toHaveCount(0)
  const last = unique()
  await overtake(last)
  await page.getByRole('button', { name: 'Move rule 1 down' }).click()
  await expect(told).toBeFocused()
  await expectPage(page, last)
  await expectRules(page, [/^1\s*\/docs/, /^2\s*\/\s*All/])
})

test('Try it says what would happen, and why', async ({ page, product, administrator, browserLog }) => {
  const group = unique()
  const person = await newPerson(product)
  const { username } = person
  await administrator.makeGroups([group], [])
  await signInAsAdministrator(page, product)
  const other = await make(page, [])
  const made = await make(page, [
    { ...open, path: '/public', methods: 'reading' },
    { ...first, path: '/admin', who: 'groups', groups: [group] },
    { ...first, path: '/docs', factor: 'password' },
    { ...first, path: '/deep' },
  ])
  await openApplication(page, made)
  const base = `https://${made.name}.example.com`
  await expect(page.getByLabel('Address', { exact: true })).toHaveValue(`${base}/`)
  await expect(page.getByLabel('Method', { exact: true })).toHaveValue('GET')
  const answer = page.getByRole('status').filter({ hasText: /Allowed|Refused/ })
  for (const [address, method, who, words] of [
    [`${base}/public/x?y=1`, 'get', '', /^Allowed Rule 1: anybody may open it, without a sign-in\.$/],
    [`${base}/public/x`, 'POST', username, /^Refused No rule fits\.$/],
    [`${base}/admin`, 'GET', username, new RegExp(`^Refused Rule 2: ${username} is in none of ${group}\\.$`)],
    [`${base}/docs`, 'GET', username, new RegExp(`^Allowed Rule 3: ${username} may open it\\. Nothing is asked`)],
    [`${base}/deep`, 'GET', username, new RegExp(`^Allowed Rule 4: ${username} may open it\\. Before that, a second`)],
    [`${base}/docs`, 'GET', '', /^Refused Rule 3: it is not public, so the person has to sign in first\.$/],
    [`${base}/docs/%2e%2e/x`, 'GET', username, /^Refused Applications may read this path in different ways\./],
    [`https://${unique()}.example.com/`, 'GET', username, /^Refused No application has this address\.$/],
    [
      `https://${other.name}.example.com/`,
      'GET',
      username,
      new RegExp(`^Refused The address belongs to ${other.name}\\.`),
    ],
  ] as const) {
    await ask(page, address, method, who)
    await expect(answer, `${method} ${address} by ${who}`).toHaveText(words, { useInnerText: true })
  }
  await checkScreen(page)

  browserLog.expectStatus(422)
  await ask(page, 'docs', 'GET', '')
  await expect(page.getByLabel('Address', { exact: true })).toHaveAccessibleDescription(/enter a whole address/)
  await expect(answer, 'no answer of before').toHaveCount(0)
  await ask(page, `${base}/docs`, 'G E T', '')
  await expect(page.getByLabel('Method', { exact: true })).toHaveAccessibleDescription(/such as GET/)
  await ask(page, `${base}/docs`, 'GET', unique())
  await expect(page.getByLabel('Person')).toHaveAccessibleDescription(/there is no account of that name/)
  await checkScreen(page)

  await ask(page, `${base}/docs`, 'GET', '')
  await expect(answer).toBeVisible()
  await page.getByRole('button', { name: 'Move rule 3 up' }).click()
  await expect(page.getByText('Rule 3 is now rule 2.')).toBeVisible()
  await expect(answer, 'it was about the rules of before').toHaveCount(0)
  await expect(page.getByLabel('Address', { exact: true }), 'what was typed stays').toHaveValue(`${base}/docs`)
})

test('the settings of a proxy are shown and copied', async ({ page, product, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await signInAsAdministrator(page, product)
  await openApplication(page, await make(page))
  const text = 'server {\n  listen 443 ssl;\n}\n'
  await page.route('**/api/applications/*/proxy', (route) =>
    route.fulfill({ json: { nginx: text, caddy: `${'long'.repeat(60)}\n`, traefik: '' } }),
  )
  await page.getByRole('button', { name: 'nginx' }).click()
  const dialog = page.getByRole('dialog', { name: 'Settings for nginx' })
  await expect(dialog).toContainText('listen 443 ssl;')
  await checkScreen(page)
  await dialog.getByRole('button', { name: 'Copy' }).click()
  await expect(dialog.getByRole('button', { name: 'Copied' })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'nginx' })).toBeFocused()
  await page.getByRole('button', { name: 'Caddy' }).click()
  await checkScreen(page)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Traefik' }).click()
  await expect(page.getByRole('dialog')).toContainText('There are no settings for this proxy yet.')
})

test('helpers and other people see no applications to administer', async ({ page, product, administrator }) => {
  const { person } = await signInAsAdministrator(page, product)
  const made = await make(page)
  await administrator.setRole(person.username, 'helper')
  await page.goto('/')
  await expectHome(page)
  await expect(page.getByRole('link', { name: 'Groups' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Applications', exact: true })).toHaveCount(0)
  for (const path of ['/applications', `/applications/${made.id}`]) {
    await page.goto(path)
    await expect(page.getByText('Your role does not allow this.')).toBeVisible()
    await expect(page.getByRole('main').getByRole('button', { name: /application|rule/i })).toHaveCount(0)
  }
  await (await Api.in(page)).send('DELETE', '/api/session')
  await signIn(page, await newPerson(product))
  await expect(page.getByRole('link', { name: 'Applications', exact: true })).toHaveCount(0)
  await page.goto('/applications')
  await expect(page.getByText('Your role does not allow this.')).toBeVisible()
})

test('a group that a rule names is not deleted, and an application that is gone says so', async ({
  page,
  product,
  administrator,
  browserLog,
}) => {
  const group = unique()
  await administrator.makeGroups([group], [])
  await signInAsAdministrator(page, product)
  const made = await make(page, [{ ...first, who: 'groups', groups: [group] }])
  await page.goto('/groups')
  await page.getByRole('link', { name: group }).click()
  await page.getByRole('button', { name: 'Delete group' }).click()
  browserLog.expectStatus(409, 404)
  await page.getByRole('dialog').getByRole('button', { name: 'Delete group' }).click()
  await expect(page.getByRole('alert')).toContainText('Rules of applications name this group.')
  await (await Api.in(page)).send('DELETE', `/api/applications/${made.id}`)
  await page.goto(`/applications/${made.id}`)
  await expect(page.getByRole('alert')).toContainText('This does not exist any more.')
})

test('Home lists the applications that a person may open', async ({ page, startProduct }) => {
  const product = await startProduct()
  const administrator = await Administrator.of(product, await createAdministrator(product))
  const person = await newPerson(product)
  await signIn(page, person, product.url)
  const tiles = page.getByRole('main').locator('a[rel=noreferrer]')
  await expect(page.getByRole('heading', { name: 'Your applications' }), 'there are none').toHaveCount(0)
  await administrator.makeGroups(['editors'], [])
  for (const [name, rule] of [
    ['zeta notes', first],
    ['Ähre', { ...open, path: '/start' }],
    ['Board', { ...first, who: 'groups', groups: ['editors'] }],
  ] as const) {
    await administrator.storeApplication({ name, addresses: [`https://h${name.length}.example.com`], rules: [rule] })
  }
  await page.reload()
  await expect(page.getByRole('heading', { level: 2, name: 'Your applications' })).toBeVisible()
  await expect(tiles).toHaveCount(2)
  await expect(tiles.filter({ hasText: 'zeta notes' })).toHaveText(/^Z\s*zeta notes\s*h10\.example\.com$/)
  await expect(tiles.filter({ hasText: 'zeta notes' })).toHaveAttribute('href', 'https://h10.example.com/')
  await expect(tiles.filter({ hasText: 'Ähre' })).toHaveAttribute('href', 'https://h4.example.com/start')
  await checkScreen(page)

  // If the list does not come, the rest of Home does.
  await page.route('**/api/own-applications', (route) => route.fulfill({ status: 200, body: 'no JSON' }))
  await page.reload()
  await expectHome(page)
  await expect(page.getByRole('link', { name: 'Two-factor settings' })).toBeVisible()
  await expect(tiles).toHaveCount(0)
})

test('with the keyboard alone', async ({ page, product }) => {
  const name = unique()
  await signInAsAdministrator(page, product)
  await page.goto('/applications')
  await expectPage(page, 'Applications')
  await press(page, 'button', 'Add application')
  await expect(page.getByLabel('Name')).toBeFocused()
  await page.keyboard.type(name)
  await type(page, 'Address', `${name}.example.com`)
  await page.keyboard.press('Enter')
  await expectPage(page, name)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()

  await press(page, 'button', 'Add rule')
  await expect(page.getByLabel('Path')).toBeFocused()
  await page.keyboard.type('/docs')
  await tabTo(page, 'radio', 'Everybody signed in')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('radio', { name: 'Public' })).toBeChecked()
  await press(page, 'button', 'Save')
  await expectRules(page, [/^1\s*\/docs/, /^2\s*\/\s*All/])
  await expect(page.getByRole('button', { name: 'Add rule' })).toBeFocused()

  await press(page, 'button', 'Move rule 2 up')
  await expectRules(page, [/^1\s*\/\s*All/, /^2\s*\/docs/])
  await expectVisibleFocus(page)
  await page.keyboard.press('Enter')
  await expectRules(page, [/^1\s*\/docs/, /^2\s*\/\s*All/])
  await press(page, 'button', 'Try')
  await expect(page.getByRole('status').filter({ hasText: 'Refused' })).toContainText('the person has to sign in first')
})

test.describe('when the factors are not fresh', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('each change asks for them first, also one without a dialog', async ({ page, movable, browserLog }) => {
    const { person, authenticator } = await signInAsAdministrator(page, movable)
    await openApplication(page, await make(page, [first, { ...first, path: '/docs' }]))
    await movable.advance(6)
    browserLog.expectStatus(403)
    const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
    await page.getByRole('button', { name: 'Move rule 2 up' }).click()
    await expect(proof).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(proof).toHaveCount(0)
    await expectRules(page, [/^1\s*\/\s*All/, /^2\s*\/docs/])
    await page.getByRole('button', { name: 'Move rule 2 up' }).click()
    await proof.getByLabel('Password', { exact: true }).fill(person.password)
    await proof.getByLabel(/code/i).fill(await authenticator.next())
    await proof.getByRole('button', { name: 'Confirm' }).click()
    await expectRules(page, [/^1\s*\/docs/, /^2\s*\/\s*All/])
    await expect(page.getByRole('button', { name: 'Move rule 1 down' })).toBeFocused()
  })
})

test('in German', async ({ page, product }) => {
  await signInAsAdministrator(page, product)
  const made = await make(page, [
    { ...open, path: '/a', methods: 'reading' },
    { ...first, max_age_minutes: 15 },
  ])
  await (await Api.in(page)).send('PATCH', '/api/profile', { language: 'de' })
  await page.goto('/applications')
  await expectPage(page, 'Anwendungen')
  await page.getByRole('searchbox', { name: 'Anwendungen suchen' }).fill(made.name)
  await expect(row(page, made.name)).toHaveText(/Alle\s*Teils öffentlich\s*Zwei Faktoren/)
  await expectGerman(page)
  await page.getByRole('button', { name: 'Anwendung hinzufügen' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Anwendung hinzufügen' }).click()
  await expect(page.getByRole('dialog').getByLabel('Name')).toHaveAccessibleDescription('Name: Geben Sie einen ein.')
  await expectGerman(page)
  await page.keyboard.press('Escape')
  await row(page, made.name).getByRole('link').click()
  await expectPage(page, made.name)
  await page.getByRole('button', { name: 'Prüfen' }).click()
  await expect(page.getByText('Abgelehnt', { exact: true })).toBeVisible()
  await expectGerman(page)
  await checkScreen(page)
  await page.getByRole('button', { name: 'Regel 2 ändern' }).click()
  await page.getByRole('button', { name: 'Weiteren Ursprung hinzufügen' }).click()
  await page.getByRole('button', { name: 'Speichern' }).click()
  await expect(page.getByLabel('Weiterer Ursprung 1', { exact: true })).toHaveAttribute('aria-invalid', 'true')
  await expectGerman(page)
  await checkScreen(page)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Anwendung löschen' }).click()
  await expectGerman(page)
})

// Applications behind a real proxy and the gate, in a real browser: people sign in on the
// way to an application, come back, and stay as long as they may.
import { readFile } from 'node:fs/promises'
import { Api } from './kit/api'
import { download } from './kit/application'
import { complete, expect, makeName, signInURL, test } from './kit/gate'
import { addKey, expectHome, expectPage, givePassword, signIn, signOut } from './kit/steps'
import { deep, expectAt, expectNoSecrets, fetched, giveBoth, openWith, socketOf, talked, ticketsOf } from './kit/visit'

test('a deep link opens after password and code; another application asks nothing more', async ({
  page,
  context,
  protect,
  newPersonWithKey,
}) => {
  const [wiki, files] = await protect(['wiki.one', { factor: 'two' }], ['files.two', { factor: 'two' }])
  const tickets = ticketsOf(context)
  const proof = await newPersonWithKey()
  await page.goto(wiki.origin + deep)
  await giveBoth(page, proof)
  await expectAt(page, wiki, deep)
  await page.goto(`${files.origin}/folder/`)
  await expectAt(page, files, '/folder/')

  // Both learn who it is. The browser has only our cookies: they get none.
  for (const [{ web }, path] of [
    [wiki, deep],
    [files, '/folder/'],
  ] as const) {
    expect(web.arrived.map(({ method, url }) => `${method} ${url}`)).toEqual([`GET ${path}`])
    const { headers } = web.arrived[0] ?? {}
    expect(headers).toMatchObject({ 'remote-user': proof.person.username, 'x-forwarded-proto': 'https' })
    expect(headers).not.toHaveProperty('cookie')
    expect(headers).not.toHaveProperty('referer')
  }
  // Their own cookies work as ever.
  await page.goto(`${wiki.origin}/with-cookie`)
  await page.goto(`${wiki.origin}/afterwards`)
  expect(wiki.web.requestsFor('/afterwards')[0]?.headers.cookie).toBe('own=7')
  await page.goto(`${files.origin}/afterwards`)
  expect(files.web.requestsFor('/afterwards')[0]?.headers).not.toHaveProperty('cookie')
  await expectNoSecrets(context, tickets, wiki, files)
})

test('the application learns name, address and groups, in a form for headers', async ({
  page,
  protect,
  newPerson,
  administrator,
}) => {
  const [wiki] = await protect(['wiki.one'])
  const [person, groups] = [await newPerson(), [makeName(), makeName()].sort()]
  await administrator.makeGroups(groups, [person.username])
  await administrator.setEmail(person.username, `${person.username}@post.example`)
  const api = await Api.in(page, signInURL)
  await api.signIn(person)
  await api.send('PATCH', '/api/profile', { display_name: 'Jürgen 100 %' })
  await page.goto(wiki.origin)
  await expectAt(page, wiki, '/')
  expect(wiki.web.arrived[0]?.headers).toMatchObject({
    'remote-user': person.username,
    'remote-name': 'J%C3%BCrgen 100 %25',
    'remote-email': `${person.username}@post.example`,
    'remote-groups': groups.join(','),
  })
})

test('two tabs are on their way at once, and each comes to its own page', async ({
  page,
  context,
  protect,
  newPersonWithKey,
}) => {
  const [wiki] = await protect(['wiki.one'])
  const other = await context.newPage()
  await Promise.all([page.goto(`${wiki.origin}/first?a=1`), other.goto(`${wiki.origin}/second?b=2`)])
  await expectPage(other, 'Sign in')
  await giveBoth(page, await newPersonWithKey())
  await expectAt(page, wiki, '/first?a=1')
  // The other tab goes on once the person looks at it.
  await other.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expectAt(other, wiki, '/second?b=2')
  await page.reload()
  await expectAt(page, wiki, '/first?a=1')

  // With a session nothing is asked, however many begin at the same moment.
  const cookies = await context.cookies()
  await context.clearCookies({ domain: wiki.host })
  expect((await context.cookies()).length).toBe(cookies.length - 2)
  const tabs = [page, other, await context.newPage(), await context.newPage()]
  await Promise.all(tabs.map((tab, index) => tab.goto(`${wiki.origin}/at-once/${index}`)))
  for (const [index, tab] of tabs.entries()) await expectAt(tab, wiki, `/at-once/${index}`)
})

test('a script and a WebSocket get 401 and no redirect without a session, and work with one', async ({
  page,
  protect,
  newPerson,
  browserLog,
}) => {
  const [wiki] = await protect(['wiki.one', { path: '/open', who: 'public', factor: 'none' }, {}])
  browserLog.expectStatus(401)
  browserLog.allow(/^console error: WebSocket connection to 'wss:.* failed: HTTP Authentication failed/)
  await page.goto(`${wiki.origin}/open/page`)
  await expectPage(page, 'An application')
  const refused = {
    status: 401,
    redirected: false,
    code: 'sign_in_needed',
    sign_in: `${wiki.origin}/.imagemaster/start`,
  }
  expect(await fetched(page)).toMatchObject({ ...refused, path: '/data' })
  expect(await fetched(page, '/data', { method: 'POST', body: 'x' })).toMatchObject({ ...refused, path: '/data' })
  expect(await talked(page, socketOf(wiki))).toBe('refused')
  await page.getByLabel('Note').fill('lost')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('sign_in_needed')).toBeVisible()
  expect(wiki.web.arrived.map(({ url }) => url)).toEqual(['/open/page'])

  const person = await newPerson()
  await openWith(page, person, wiki)
  expect(await fetched(page)).toMatchObject({ status: 200, user: person.username, method: 'GET' })
  const written = { status: 200, user: person.username, method: 'POST', body: 'x' }
  expect(await fetched(page, '/data', { method: 'POST', body: 'x' })).toMatchObject(written)
  expect(await talked(page, socketOf(wiki))).toBe('heard is anybody there?')
  expect(wiki.web.requestsFor('/socket')[0]?.headers['remote-user']).toBe(person.username)
})

test('forms are sent, also where the page keeps its address to itself, and files come down whole', async ({
  page,
  protect,
  newPerson,
}) => {
  const [wiki] = await protect(['wiki.one'])
  await openWith(page, await newPerson(), wiki)
  for (const [path, origin] of [
    ['/', wiki.origin],
    ['/without-referrer', 'null'],
  ] as const) {
    await page.goto(wiki.origin + path)
    await page.getByLabel('Note').fill(`from ${origin.length}`)
    await page.getByRole('button', { name: 'Save' }).click()
    await expectAt(page, wiki, '/save')
    await expect(page.getByText(`note=from${origin.length}`)).toBeVisible()
    expect(wiki.web.requestsFor('/save').at(-1)).toMatchObject({ method: 'POST', headers: { origin } })
  }
  const begun = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download' }).click()
  expect(await readFile(await (await begun).path(), 'utf8')).toBe(download)
})

test('a page that runs on scripts keeps its address, and offers the sign-in once it is over', async ({
  page,
  protect,
  newPerson,
  browserLog,
}) => {
  const [wiki] = await protect(['wiki.one'])
  const person = await newPerson()
  await openWith(page, person, wiki, '/live/folder/5?tab=2')
  await expectPage(page, '/live/folder/5?tab=2')
  await expect(page.getByRole('status')).toHaveText(`for ${person.username}`)
  await (await Api.in(page, signInURL)).send('DELETE', '/api/session')
  browserLog.expectStatus(401)
  await page.getByRole('button', { name: 'Load' }).click()
  await page.getByRole('status').getByRole('link', { name: 'Sign in' }).click()
  await expectPage(page, 'Sign in')
  await givePassword(page, person)
  await expectAt(page, wiki, '/')
  await page.goBack()
  await page.getByRole('button', { name: 'Load' }).click()
  await expect(page.getByRole('status')).toHaveText(`for ${person.username}`)
})

test('signing out closes every application with the next request', async ({
  page,
  context,
  protect,
  newPerson,
  browserLog,
}) => {
  const [wiki, files] = await protect(['wiki.one'], ['files.two'])
  await openWith(page, await newPerson(), wiki)
  await page.goto(files.origin)
  await expectAt(page, files, '/')
  const home = await context.newPage()
  await home.goto(signInURL)
  await expectHome(home)
  await signOut(home)
  browserLog.expectStatus(401)
  expect((await fetched(page)).status).toBe(401)
  for (const { origin } of [files, wiki]) {
    await page.goto(origin + deep)
    await expectPage(page, 'Sign in')
  }
})

test.describe('with the next request an application is closed', () => {
  test('by another rule, and opened again', async ({ page, protect, newPerson, administrator, browserLog }) => {
    const [wiki] = await protect(['wiki.one'])
    await openWith(page, await newPerson(), wiki)
    await administrator.changeRules(wiki.id, [complete({ path: '/elsewhere' })])
    browserLog.expectStatus(403)
    expect(await fetched(page)).toMatchObject({ status: 403, code: 'no_access' })
    await page.reload()
    await expectPage(page, `No access to ${wiki.name}`)
    await administrator.changeRules(wiki.id, [complete({})])
    await page.goto(wiki.origin)
    await expectAt(page, wiki, '/')
  })

  test('for a person who has left the group', async ({ page, protect, newPerson, administrator, browserLog }) => {
    const [person, group] = [await newPerson(), makeName()]
    await administrator.makeGroups([group], [person.username])
    const [wiki] = await protect(['wiki.one', { who: 'groups', groups: [group] }])
    await openWith(page, person, wiki)
    expect(await fetched(page)).toMatchObject({ status: 200, user: person.username })
    await administrator.setGroups(person.username, [])
    browserLog.expectStatus(403)
    expect(await fetched(page)).toMatchObject({ status: 403, code: 'no_access' })
    await page.reload()
    await expectPage(page, `No access to ${wiki.name}`)
  })

  test('for an account that is disabled', async ({ page, protect, newPerson, administrator, browserLog }) => {
    const [wiki] = await protect(['wiki.one'])
    const person = await newPerson()
    await openWith(page, person, wiki)
    await administrator.disable(person.username)
    browserLog.expectStatus(401)
    expect((await fetched(page)).status).toBe(401)
    await page.reload()
    await expectPage(page, 'Sign in')
  })

  test('when the account changes its factors, until a page is opened', async ({
    page,
    protect,
    newPerson,
    product,
    browserLog,
  }) => {
    const [wiki] = await protect(['wiki.one'])
    const person = await newPerson()
    await signIn(page, person, signInURL)
    await addKey(page, product.now, signInURL)
    await page.goto(wiki.origin)
    await expectAt(page, wiki, '/')
    const api = await Api.in(page, signInURL)
    await api.send('POST', '/api/two-factor/disable', { mode: 'pause', for: 'hour' })
    browserLog.expectStatus(401)
    expect(await fetched(page)).toMatchObject({ status: 401, code: 'sign_in_needed' })
    await page.goto(wiki.origin + deep)
    await expectAt(page, wiki, deep)
    expect(await fetched(page)).toMatchObject({ status: 200, user: person.username })
  })
})

test('during a pause an application for two factors gets a code, and the pause stays', async ({
  page,
  protect,
  newPerson,
  product,
}) => {
  const [wiki] = await protect(['wiki.one', { factor: 'two' }])
  const person = await newPerson()
  const api = await Api.at(signInURL, product.way)
  await api.signIn(person)
  const authenticator = await api.addKey(product.now)
  await api.send('POST', '/api/two-factor/disable', { mode: 'pause', for: 'hour' })
  await page.goto(wiki.origin + deep)
  await givePassword(page, person)
  await expectPage(page, 'Confirm it is you')
  await page.getByLabel('Verification code').fill(await authenticator.next())
  await page.getByRole('button', { name: 'Continue' }).click()
  await expectAt(page, wiki, deep)
  await page.goto(`${signInURL}/two-factor`)
  await expect(page.getByText('Your account does not ask for a second factor')).toBeVisible()
})

test('factors that have become too old are asked for again, and the page opens by itself', async ({
  page,
  protect,
  newPerson,
  product,
  browserLog,
}) => {
  const [wiki] = await protect(['wiki.one', { max_age_minutes: 5 }])
  const person = await newPerson()
  await openWith(page, person, wiki)
  await product.advance(6)
  browserLog.expectStatus(401)
  expect(await fetched(page)).toMatchObject({ status: 401, code: 'sign_in_needed' })
  await page.goto(wiki.origin + deep)
  await expectPage(page, 'Confirm it is you')
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expectAt(page, wiki, deep)
  expect(await fetched(page)).toMatchObject({ status: 200, user: person.username })
})

test('without a right somebody else can sign in, and gets to the page', async ({
  page,
  protect,
  newPerson,
  administrator,
}) => {
  const [person, other, group] = [await newPerson(), await newPerson(), makeName()]
  await administrator.makeGroups([group], [other.username])
  const [wiki] = await protect(['wiki.one', { who: 'groups', groups: [group] }])
  await page.goto(wiki.origin + deep)
  await givePassword(page, person)
  await expectPage(page, `No access to ${wiki.name}`)
  await expect(page.getByRole('main')).toContainText(`You are signed in as ${person.username}.`)
  expect(wiki.web.arrived).toEqual([])
  await page.getByRole('button', { name: 'Sign in as somebody else' }).click()
  await expectPage(page, 'Sign in')
  await givePassword(page, other)
  await expectAt(page, wiki, deep)
  expect(wiki.web.arrived[0]?.headers['remote-user']).toBe(other.username)
})

test('Home lists the applications and opens them', async ({ page, protect, newPerson }) => {
  const sites = await protect(['wiki.one'], ['files.two'])
  await signIn(page, await newPerson(), signInURL)
  for (const site of sites) {
    await page.goto(signInURL)
    await page.getByRole('link', { name: site.name }).click()
    await expectAt(page, site, '/')
    expect(site.web.arrived[0]?.headers).not.toHaveProperty('referer')
  }
})

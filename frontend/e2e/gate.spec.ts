// Applications behind a real nginx over TLS, on two sites and a sibling, in a real browser.
import { createHash } from 'node:crypto'
import type { BrowserContext, Page } from '@playwright/test'
import { Api } from './kit/api'
import { type Application, Gate } from './kit/gate'
import { newPersonWithKey } from './kit/people'
import { expectPage, giveCode, givePassword } from './kit/steps'
import { test as base, expect } from './kit/test'

const deep = '/report/7?x=1&y=%2F+z'

interface Fixtures {
  /** A page of a browser that finds the hosts. */
  tab: Page
  openTab: () => Promise<Page>
}

interface WorkerFixtures {
  gate: Gate
  wiki: Application
  files: Application
  evil: Application
}

const test = base.extend<Fixtures, WorkerFixtures>({
  gate: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
    async ({}, use) => {
      const gate = await Gate.start({ clock: true })
      await use(gate)
      await gate.stop()
    },
    { scope: 'worker' },
  ],
  wiki: [async ({ gate }, use) => use(await gate.add('wiki.one.example')), { scope: 'worker' }],
  files: [async ({ gate }, use) => use(await gate.add('files.two.example')), { scope: 'worker' }],
  evil: [
    async ({ gate }, use) => use(await gate.add('evil.one.example', [{ who: 'public', factor: 'none' }])),
    { scope: 'worker' },
  ],
  openTab: async ({ launchOptions }, use) => {
    const browser = await Gate.browser(launchOptions)
    const contexts: BrowserContext[] = []
    await use(async () => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' })
      contexts.push(context)
      return context.newPage()
    })
    await browser.close()
  },
  tab: async ({ openTab }, use) => use(await openTab()),
})

/** Signs in with both factors where a page asks for them. */
async function signInWithBoth(tab: Page, gate: Gate) {
  const { person, authenticator } = await newPersonWithKey(gate.product)
  await expectPage(tab, 'Sign in')
  await givePassword(tab, person)
  await expectPage(tab, 'Verification')
  await giveCode(tab, await authenticator.next())
  return { person, authenticator }
}

/** Opens an application as a new person with two factors. */
async function openAs(tab: Page, gate: Gate, { origin }: Application, path = '/') {
  await tab.goto(origin + path)
  const who = await signInWithBoth(tab, gate)
  await tab.waitForURL(origin + path)
  return who
}

/** What a script of the open page gets for a request. */
const fetched = (tab: Page, url: string, options: RequestInit = {}) =>
  tab.evaluate(
    async ([url, options]) => {
      try {
        const answer = await fetch(url, options)
        return { status: answer.status, redirected: answer.redirected, text: await answer.text() }
      } catch {
        return { status: 0, redirected: false, text: '' }
      }
    },
    [url, options] as const,
  )

/** What a WebSocket of the open page hears first. */
const heard = (tab: Page, url: string) =>
  tab.evaluate(
    (url) =>
      new Promise<string>((done) => {
        const socket = new WebSocket(url)
        socket.onmessage = ({ data }) => done(data)
        socket.onerror = () => done('refused')
      }),
    url,
  )

const socketOf = ({ origin }: Application) => `${origin.replace('https', 'wss')}/socket`

test('a deep link leads through the sign-in and back, and the second application asks nothing more', async ({
  tab,
  gate,
  wiki,
  files,
}) => {
  const { person } = await openAs(tab, gate, wiki, deep)
  await expect(tab.locator('#address')).toHaveText(`GET ${deep}`)
  await expect(tab.locator('#user')).toHaveText(person.username)
  await tab.goto(`${files.origin}/other?a=b`)
  await tab.waitForURL(`${files.origin}/other?a=b`)
  await expect(tab.locator('#user')).toHaveText(person.username)

  await tab.goto(gate.product.url)
  await tab.getByRole('link', { name: new RegExp(wiki.name) }).click()
  await tab.waitForURL(`${wiki.origin}/`)
  for (const { url, headers } of [...wiki.seen, ...files.seen]) {
    expect(url).not.toContain('/.imagemaster/')
    expect(headers.cookie ?? '').not.toContain('im_')
    expect(headers.referer ?? '').not.toMatch(/ticket|state=/)
  }
})

test('two tabs that are opened at once both come back', async ({ tab, gate, wiki }) => {
  const second = await tab.context().newPage()
  await Promise.all([tab.goto(`${wiki.origin}/one`), second.goto(`${wiki.origin}/two`)])
  await signInWithBoth(tab, gate)
  await tab.waitForURL(`${wiki.origin}/one`)
  await second.reload()
  await second.waitForURL(`${wiki.origin}/two`)
})

test('scripts, sockets, forms and downloads work with a session, and are told without one', async ({
  tab,
  gate,
  wiki,
}) => {
  const { person } = await openAs(tab, gate, wiki)
  expect((await fetched(tab, '/who')).text).toBe(JSON.stringify({ user: person.username, cookie: 'theme=dark' }))
  expect((await fetched(tab, '/who', { method: 'POST', body: 'x' })).status).toBe(200)
  expect(await heard(tab, socketOf(wiki))).toBe(`hello ${person.username}`)
  const [download] = await Promise.all([
    tab.waitForEvent('download'),
    tab.evaluate(() => {
      location.href = '/download'
    }),
  ])
  expect(download.suggestedFilename()).toBe('report.bin')
  for (const page of ['/', '/private']) {
    await tab.goto(wiki.origin + page)
    await tab.getByRole('button', { name: 'Send' }).click()
    await expect(tab.locator('#address')).toHaveText('POST /form')
  }

  const api = await Api.in(await signedInTab(tab, gate), gate.product.url)
  await tab.goto(wiki.origin)
  await api.send('DELETE', '/api/session')
  const refused = await fetched(tab, '/who')
  expect(refused).toMatchObject({ status: 401, redirected: false })
  expect(JSON.parse(refused.text)).toMatchObject({
    code: 'sign_in_needed',
    sign_in: `${wiki.origin}/.imagemaster/start`,
  })
  expect((await fetched(tab, '/who', { method: 'POST', body: 'x' })).status).toBe(401)
  expect(await heard(tab, socketOf(wiki))).toBe('refused')
  await tab.goto(wiki.origin)
  await expectPage(tab, 'Sign in')
})

/** A tab of the same browser at the sign-in. */
async function signedInTab(tab: Page, gate: Gate) {
  const other = await tab.context().newPage()
  await other.goto(gate.product.url)
  return other
}

test('what ends at the sign-in ends in the application with the next request', async ({ openTab, gate }) => {
  const crew = `zq-${Date.now()}`
  await gate.administrator.makeGroups([crew], [])
  const staff = await gate.add('staff.three.example', [{ who: 'groups', groups: [crew] }])
  for (const end of ['disabled', 'group', 'rule'] as const) {
    const tab = await openTab()
    const { person, authenticator } = await newPersonWithKey(gate.product)
    await gate.administrator.setGroups(person.username, [crew])
    await tab.goto(staff.origin)
    await givePassword(tab, person)
    await giveCode(tab, await authenticator.next())
    await tab.waitForURL(`${staff.origin}/`)
    if (end === 'disabled') await gate.administrator.disable(person.username)
    if (end === 'group') await gate.administrator.setGroups(person.username, [])
    if (end === 'rule') await gate.administrator.changeRules(staff.id, (rule) => ({ ...rule, path: '/elsewhere' }))
    expect((await fetched(tab, '/who')).status).toBe(end === 'disabled' ? 401 : 403)
    await tab.goto(staff.origin)
    await expectPage(tab, end === 'disabled' ? 'Sign in' : `No access to ${staff.name}`)
  }
})

test('no access, and then as somebody else', async ({ tab, gate }) => {
  const crew = `zq-${Date.now()}`
  await gate.administrator.makeGroups([crew], [])
  const payroll = await gate.add('payroll.four.example', [{ who: 'groups', groups: [crew] }])
  await tab.goto(`${payroll.origin}/month/3`)
  const { person } = await signInWithBoth(tab, gate)
  await expectPage(tab, `No access to ${payroll.name}`)
  await expect(tab.getByRole('main')).toContainText(person.username)
  const other = await newPersonWithKey(gate.product)
  await gate.administrator.setGroups(other.person.username, [crew])
  await tab.getByRole('button', { name: 'Sign in as somebody else' }).click()
  await expectPage(tab, 'Sign in')
  await givePassword(tab, other.person)
  await giveCode(tab, await other.authenticator.next())
  await tab.waitForURL(`${payroll.origin}/month/3`)
  await expect(tab.locator('#user')).toHaveText(other.person.username)
})

test('a factor that is too old is asked for again, and a pause stays', async ({ tab, gate }) => {
  const vault = await gate.add('vault.five.example', [{ max_age_minutes: 5 }])
  const { person, authenticator } = await openAs(tab, gate, vault, '/page')
  await gate.product.advance(6)
  await tab.goto(`${vault.origin}/page`)
  await expect(tab.getByLabel('Password', { exact: true })).toBeVisible()
  await tab.getByLabel('Password', { exact: true }).fill(person.password)
  await tab.getByLabel('Verification code').fill(await authenticator.next())
  await tab.getByRole('button', { name: /Continue|Go on|Confirm/ }).click()
  await tab.waitForURL(`${vault.origin}/page`)

  const api = await Api.in(tab, gate.product.url)
  await api.send('POST', '/api/two-factor/disable', { mode: 'pause', for: 'day' })
  expect((await fetched(tab, '/who')).status).toBe(401)
  await api.send('DELETE', '/api/session')
  await tab.goto(`${vault.origin}/page`)
  await givePassword(tab, person)
  await tab.getByLabel('Verification code').fill(await authenticator.next())
  await tab.getByRole('button', { name: /Continue|Go on|Confirm/ }).click()
  await tab.waitForURL(`${vault.origin}/page`)
  const { paused } = await (await Api.in(tab, gate.product.url)).send('GET', '/api/two-factor')
  expect(paused).toBe(true)
})

test('a hostile neighbour gets nothing', async ({ tab, openTab, gate, wiki, evil }) => {
  const { person } = await openAs(tab, gate, wiki)
  await tab.goto(evil.origin)
  await expect(tab.locator('#user')).toHaveText('nobody')
  const before = wiki.seen.length
  for (const options of [
    {},
    { credentials: 'include', mode: 'no-cors' },
    { method: 'POST', body: 'x', credentials: 'include', mode: 'no-cors' },
  ] as RequestInit[]) {
    expect((await fetched(tab, `${wiki.origin}/who`, options)).text).toBe('')
  }
  expect(await heard(tab, socketOf(wiki))).toBe('refused')
  await tab.evaluate((action) => {
    const form = document.querySelector('form') as HTMLFormElement
    form.action = action
    form.submit()
  }, `${wiki.origin}/form`)
  await tab.waitForURL(`${wiki.origin}/form`)
  expect(wiki.seen.slice(before).map(({ method, url }) => `${method} ${url}`)).not.toContain('POST /form')
  expect(wiki.requests('/socket').filter(({ headers }) => headers.origin === evil.origin)).toEqual([])

  // Cookies that it plants for the whole site change nothing.
  await tab.goto(evil.origin)
  await tab.evaluate(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: this is what a hostile page does
    for (const name of ['im_app', 'theme']) document.cookie = `${name}=planted; Domain=one.example; Path=/; Secure`
  })
  await tab.goto(wiki.origin)
  await expect(tab.locator('#user')).toHaveText(person.username)

  // Its own pages below the part of its host that is the gate's are never asked for.
  await tab.goto(`${evil.origin}/.imagemaster/done?ticket=x&to=/`)
  expect(evil.seen.filter(({ url }) => url.includes('imagemaster'))).toEqual([])

  // A ticket of one browser is worth nothing in another one.
  const thief = await openTab()
  await thief.goto(`${wiki.origin}/stolen`)
  await expectPage(thief, 'Sign in') // it has a start cookie now
  const api = await Api.in(tab, gate.product.url)
  const cookies = await tab.context().cookies(wiki.origin)
  const start = cookies.find(({ name }) => name === '__Host-im_start')?.value ?? ''
  const state = createHash('sha256').update(start).digest('base64url')
  const { url } = await api.send('POST', '/api/open', { app: wiki.origin, to: '/stolen', state, again: false })
  await thief.goto(url)
  await expectPage(thief, 'Sign in')
})

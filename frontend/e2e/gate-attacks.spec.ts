// What hostile applications and people try in a browser, against the gate behind a real
// proxy. The pages of the hostile application are those of any other; its scripts are here.
import type { Page } from '@playwright/test'
import { expect, makeName, signInURL, test } from './kit/gate'
import { expectHome, expectPage, signIn } from './kit/steps'
import { deep, expectAt, fetched, openWith, socketOf, talked } from './kit/visit'

/** Sends a form of the present page to another address. */
const sendForm = (page: Page, action: string) =>
  page.evaluate((action) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action })
    form.append(Object.assign(document.createElement('input'), { name: 'note', value: 'forged' }))
    document.body.append(form)
    form.submit()
  }, action)

/** What a script of the present page learns from another origin, with the cookies of the browser. */
const stolen = (page: Page, url: string, init: RequestInit = {}) =>
  page.evaluate(
    async ([url, init]) => {
      try {
        const answer = await fetch(url as string, { credentials: 'include', ...(init as RequestInit) })
        return `${answer.type} ${answer.status} ${await answer.text()}`
      } catch {
        return 'refused'
      }
    },
    [url, init],
  )

/** Frames an address in the present page. Returns whether the frame may be read from there. */
const framed = (page: Page, src: string) =>
  page.evaluate(
    (src) =>
      new Promise<boolean>((done) => {
        const frame = Object.assign(document.createElement('iframe'), { src })
        frame.onload = () => done(frame.contentDocument !== null)
        document.body.append(frame)
      }),
    src,
  )

/** The cookie that signs a browser in to an application. */
async function applicationCookie(page: Page, origin: string) {
  const cookies = await page.context().cookies(origin)
  return cookies.find(({ name }) => name === '__Host-im_app')?.value ?? ''
}

test('an application of the same site changes nothing in another one, and learns nothing from it', async ({
  page,
  protect,
  newPerson,
  browserLog,
}) => {
  const [wiki, evil] = await protect(['wiki.one'], ['evil.one'])
  const person = await newPerson()
  await openWith(page, person, wiki)
  await page.goto(evil.origin)
  await expectAt(page, evil, '/')
  wiki.web.forget()
  browserLog.expectStatus(403)
  browserLog.allow(/blocked by CORS policy|net::ERR_FAILED|WebSocket connection to .* failed: .*403/)

  expect(await stolen(page, `${wiki.origin}/data`)).toBe('refused')
  expect(await stolen(page, `${wiki.origin}/data`, { method: 'POST', body: 'forged' })).toBe('refused')
  expect(await stolen(page, `${wiki.origin}/data`, { method: 'DELETE' })).toBe('refused')
  expect(await stolen(page, `${wiki.origin}/data`, { mode: 'no-cors', method: 'POST', body: 'x' })).toBe('opaque 0 ')
  expect(await talked(page, socketOf(wiki))).toBe('refused')
  expect(wiki.web.arrived, 'the gate keeps all of them').toEqual([])

  // The browser adds the person's cookie to what another page of the site asks for. Such a
  // page may be loaded or framed, but not read.
  expect(await stolen(page, `${wiki.origin}/data`, { mode: 'no-cors' })).toBe('opaque 0 ')
  expect(await framed(page, `${wiki.origin}/framed`)).toBe(false)
  expect(wiki.web.arrived.map(({ url, headers }) => [url, headers['remote-user']])).toEqual([
    ['/data', person.username],
    ['/framed', person.username],
  ])

  const sent = page.waitForRequest(`${wiki.origin}/save`)
  await sendForm(page, `${wiki.origin}/save`)
  await expect(page.getByText('refused_cross_site')).toBeVisible()
  expect((await (await sent).allHeaders()).cookie, 'the cookie was there').toContain('__Host-im_app=')
  expect(wiki.web.requestsFor('/save')).toEqual([])
})

test('an application of another site gets no cookie of the person along', async ({
  page,
  protect,
  newPerson,
  browserLog,
}) => {
  const [wiki, evil] = await protect(['wiki.one'], ['evil.two'])
  await openWith(page, await newPerson(), wiki)
  await page.goto(evil.origin)
  await expectAt(page, evil, '/')
  wiki.web.forget()
  browserLog.expectStatus(401, 403)
  browserLog.allow(/blocked by CORS policy|net::ERR_|WebSocket connection to .* failed|Refused to display|Framing/)
  expect(await stolen(page, `${wiki.origin}/data`)).toBe('refused')
  expect(await stolen(page, `${wiki.origin}/data`, { mode: 'no-cors' })).toBe('opaque 0 ')
  expect(await talked(page, socketOf(wiki))).toBe('refused')
  // A frame is not led to the sign-in.
  const answer = page.waitForResponse(`${wiki.origin}/framed`)
  expect(await framed(page, `${wiki.origin}/framed`)).toBe(false)
  expect((await answer).status()).toBe(401)
  await sendForm(page, `${wiki.origin}/save`)
  await expect(page.getByText('refused_cross_site')).toBeVisible()
  expect(wiki.web.arrived).toEqual([])
})

test('an application on the site of the sign-in reads and changes nothing there', async ({
  page,
  protect,
  newPerson,
  browserLog,
}) => {
  const [wiki, evil] = await protect(['wiki.one'], ['evil.three'])
  const person = await newPerson()
  await openWith(page, person, evil)
  browserLog.expectStatus(403)
  browserLog.allow(/blocked by CORS policy|net::ERR_|Refused to display|Framing|ambiguous|policy violation/)
  const state = 'tXkVd3n0pQ-_aZ4LwYc8r1SgUe7BhJ2mFo5iNqKxC9E'
  const body = JSON.stringify({ app: wiki.origin, to: '/', state, again: false })
  expect(await stolen(page, `${signInURL}/api/session`)).toBe('refused')
  expect(await stolen(page, `${signInURL}/api/session`, { mode: 'no-cors' })).toBe('refused')
  expect(await stolen(page, `${signInURL}/api/session`, { method: 'DELETE' })).toBe('refused')
  const headers = { 'Content-Type': 'application/json', 'X-Requested-With': 'imagemaster' }
  expect(await stolen(page, `${signInURL}/api/open`, { method: 'POST', headers, body })).toBe('refused')
  const opening = `${signInURL}/open?${new URLSearchParams({ app: wiki.origin, to: '/', state })}`
  expect(await framed(page, opening)).toBe(false)
  await expect.poll(() => page.frames().map((frame) => frame.url())).toContain('chrome-error://chromewebdata/')

  const sent = page.waitForRequest(`${signInURL}/api/open`)
  await sendForm(page, `${signInURL}/api/open`)
  await expect(page.getByText('"status":403')).toBeVisible()
  expect((await (await sent).allHeaders()).cookie, 'the cookie was there').toContain('__Host-im_session=')

  // A page that is sent to /open with a state of somebody else signs the person in as
  // that person, and no other.
  await page.goto(opening)
  await expectAt(page, wiki, '/')
  expect(wiki.web.arrived.map((request) => request.headers['remote-user'])).toEqual([person.username])
  await page.goto(signInURL)
  await expectHome(page)
})

test('cookies that an application plants for its whole site sign nobody in', async ({
  page,
  protect,
  newPerson,
  openBrowser,
}) => {
  const [wiki, evil] = await protect(['wiki.one'], ['evil.one'])
  const [person, thief] = [await newPerson(), await newPerson()]
  const other = await openBrowser(signInURL)
  await openWith(other, thief, wiki)
  const cookie = await applicationCookie(other, wiki.origin)
  expect(cookie).toMatch(/^[\w-]{43}$/)

  await openWith(page, person, evil)
  const names = [
    '__Host-im_app',
    '__host-im_app',
    '__HOST-IM_APP',
    '=__Host-im_app',
    'im_app',
    '__Host-im_start',
    'own',
  ]
  await page.evaluate(
    ([names, cookie]) => {
      for (const name of names as string[]) {
        for (const path of ['/', '/report']) {
          // biome-ignore lint/suspicious/noDocumentCookie: this is how a hostile script does it
          document.cookie = `${name}=${cookie}; Domain=one.example; Path=${path}; Secure`
        }
      }
    },
    [names, cookie],
  )
  const planted = (await page.context().cookies(wiki.origin + deep)).map(({ name, path }) => `${name} ${path}`)
  expect(planted.sort()).toEqual(['im_app /', 'im_app /report', 'own /', 'own /report'])

  for (const path of [deep, '/', deep]) {
    wiki.web.forget()
    await page.goto(wiki.origin + path)
    await expectAt(page, wiki, path)
    expect(wiki.web.arrived.map(({ headers }) => headers['remote-user'])).toEqual([person.username])
  }
  expect(await applicationCookie(page, wiki.origin)).not.toBe(cookie)
})

test('a ticket in another browser signs in nobody but the person there, and is used up', async ({
  page,
  protect,
  newPerson,
  openBrowser,
}) => {
  const [wiki] = await protect(['wiki.one'])
  const [person, other] = [await newPerson(), await newPerson()]
  await signIn(page, person, signInURL)
  let ticket = ''
  await page.route('**/.imagemaster/done?*', (route) => {
    ticket ||= route.request().url()
    return route.fulfill({ status: 204 })
  })
  await page.goto(wiki.origin + deep)
  await expect.poll(() => ticket).toContain('ticket=')
  await page.unroute('**/.imagemaster/done?*')

  const theirs = await openBrowser(signInURL)
  await signIn(theirs, other, signInURL)
  await theirs.goto(ticket)
  await expectAt(theirs, wiki, deep)
  const nobodys = await openBrowser(signInURL)
  await nobodys.goto(ticket)
  await expectPage(nobodys, 'Sign in')
  expect(await applicationCookie(nobodys, wiki.origin)).toBe('')
  expect(wiki.web.arrived.map(({ headers }) => headers['remote-user'])).toEqual([other.username])

  // For its own browser it is used up as well, which gets another one.
  const first = page.waitForResponse(ticket)
  await page.goto(ticket)
  expect(await (await first).headerValue('location')).toContain('/.imagemaster/start?')
  await expectAt(page, wiki, deep)
  expect(wiki.web.arrived.at(-1)?.headers['remote-user']).toBe(person.username)
})

test('the part of a host that belongs to the gate never reaches the application', async ({
  page,
  protect,
  newPerson,
  browserLog,
}) => {
  const [evil] = await protect(['evil.one'])
  await openWith(page, await newPerson(), evil)
  await expectAt(page, evil, '/')
  evil.web.forget()
  browserLog.expectStatus(403, 404)
  browserLog.allow(/net::ERR_|Failed to load resource: .*400|CORS policy|Content Security Policy/)
  for (const path of [
    '/.imagemaster/done',
    '/.imagemaster/start',
    '/.imagemaster/done/',
    '/.imagemaster/worker.js',
    '/.imagemaster/check',
    '/.imagemaster/denied',
    '/.imagemaster',
    '/.IMAGEMASTER/done',
    '/%2eimagemaster/done',
    '/.imagemaster%2fdone',
    '//.imagemaster/done',
    '/a/..%2f.imagemaster/done',
    '/.imagemaster\\done',
    '/.imagemaster;/done',
  ]) {
    for (const method of ['GET', 'POST', 'PUT']) {
      const said = await stolen(page, evil.origin + path, { method, redirect: 'manual' })
      expect(said, `${method} ${path}`).not.toContain('An application')
    }
  }
  expect(evil.web.arrived).toEqual([])

  // Nor does the way to the application lead elsewhere.
  for (const to of [
    '//evil.example/',
    '/\\evil.example/',
    '/\t/evil.example/',
    'https://evil.example/',
    '/.imagemaster/done',
  ]) {
    await page.goto(`${evil.origin}/.imagemaster/start?${new URLSearchParams({ to })}`)
    await expectAt(page, evil, '/')
  }
})

test('headers that a script sends name nobody else and no other address', async ({
  page,
  protect,
  newPerson,
  administrator,
  browserLog,
}) => {
  const group = makeName()
  await administrator.makeGroups([group], [])
  const [wiki] = await protect([
    'wiki.one',
    { path: '/open', who: 'public', factor: 'none' },
    { path: '/data/closed', who: 'groups', groups: [group] },
    { path: '/data', methods: 'reading' },
    { path: '/', who: 'groups', groups: [group] },
  ])
  const person = await newPerson()
  await openWith(page, person, wiki, '/data')
  const headers = {
    'Remote-User': 'root-admin',
    'Remote-Groups': group,
    'Remote-Email': 'root@admin.example',
    Remote_User: 'root-admin',
    'Remote.User': 'root-admin',
    'X-Application-Cookie': 'forged=1',
    'X-Original-URL': `${wiki.origin}/open`,
    'X-Original-Method': 'HEAD',
    'X-Rewrite-URL': '/open',
    'X-Forwarded-Uri': '/open',
    'X-Forwarded-Host': 'evil.one.example',
    'X-Forwarded-User': 'root-admin',
    Forwarded: 'host=evil.one.example',
  }
  wiki.web.forget()
  expect(await fetched(page, '/data', { headers })).toMatchObject({ status: 200, user: person.username })
  expect(await stolen(page, `${wiki.origin}/open`, { headers })).toMatch(/^basic 200 /)
  browserLog.expectStatus(403)
  for (const path of [
    '/',
    '/data/closed',
    '/data/Closed',
    '/data/../data/closed',
    '/data/%2e%2e/closed',
    '/open/%2e%2e/',
  ]) {
    expect(await stolen(page, wiki.origin + path, { headers }), path).toMatch(/^basic 403 .*no_access/)
  }
  // Some frameworks would take this for a request that deletes.
  const override = { ...headers, 'X-HTTP-Method-Override': 'DELETE' }
  expect(await stolen(page, `${wiki.origin}/data`, { headers: override })).toMatch(/^basic 403 .*no_access/)

  expect(wiki.web.arrived.map(({ url }) => url)).toEqual(['/data', '/open'])
  for (const { headers } of wiki.web.arrived) {
    const all = JSON.stringify(Object.entries(headers).filter(([name]) => name !== 'x-forwarded-user'))
    for (const forged of ['root', group, 'forged', '/open', 'evil']) expect(all).not.toContain(forged)
  }
  expect(wiki.web.arrived[0]?.headers['remote-user']).toBe(person.username)
  expect(wiki.web.arrived[1]?.headers, 'nobody is named below a public rule').not.toHaveProperty('remote-user')
})

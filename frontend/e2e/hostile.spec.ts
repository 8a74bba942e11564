// Pages of an attacker in a real browser, opened by somebody who is signed in:
// one on another port of the same host, which the browser calls same-site and
// sends every cookie from, and one on another host. Neither may change or read
// anything, nor hold on to a window of the product.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import type { Product } from './kit/product'
import { expectPage, signIn } from './kit/steps'
import { expect, newPerson, test } from './kit/test'

let server: Server
const sites = { 'another port': 'localhost', 'another host': '127.0.0.1' }

test.beforeAll(async () => {
  server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end('<!doctype html><title>You have won</title><body>')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})

test.afterAll(() => new Promise((done) => server.close(done)))

/** A browser in which a person is signed in, with the attacker's page open as well. */
async function visit(browser: Browser, product: Product, host: string) {
  const context = await browser.newContext({ baseURL: product.url, locale: 'en-GB' })
  const own = await context.newPage()
  await signIn(own, await newPerson(product))
  const hostile = await context.newPage()
  await hostile.goto(`http://${host}:${(server.address() as AddressInfo).port}/`)
  return { context, own, hostile }
}

/** All a person's own pages show, but for the clock. */
async function state(context: BrowserContext) {
  const read = async (path: string) => {
    const answer = await context.request.get(path)
    expect(answer.status(), path).toBe(200)
    return answer.json()
  }
  const { server_time, expires_at, ...session } = await read('/api/session')
  expect(session.state).toBe('signed_in')
  const { sessions } = await read('/api/sessions')
  const twoFactor = await read('/api/two-factor')
  return JSON.stringify([session, twoFactor, await read('/api/profile'), sessions.length])
}

/** Counts the requests of a page and lists the statuses of all answers, also of those it may not read. */
async function trafficOf(page: Page) {
  const traffic = { sent: 0, statuses: [] as number[] }
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  network.on('Network.requestWillBeSentExtraInfo', () => traffic.sent++)
  network.on('Network.responseReceivedExtraInfo', ({ statusCode }) => traffic.statuses.push(statusCode))
  return traffic
}

for (const [who, host] of Object.entries(sites)) {
  test.describe(`${who} on ${host}`, () => {
    test('changes nothing by a form, in whatever coding', async ({ browser, product }) => {
      const { context, own, hostile } = await visit(browser, product, host)
      const before = await state(context)
      for (const enctype of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
        for (const path of ['/api/two-factor/enrollment', '/api/sign-in', '/api/session/step-up', '/api/session']) {
          const answered = hostile.waitForResponse((response) => response.url().endsWith(path))
          await hostile.evaluate(
            ([action, coding]) => {
              const form = document.createElement('form')
              form.method = 'post'
              form.action = action ?? ''
              form.enctype = coding ?? ''
              form.target = 'answer'
              const field = document.createElement('input')
              field.name = '{"username":"eve","password":"'
              field.value = '"}'
              form.append(field)
              const frame = document.createElement('iframe')
              frame.name = 'answer'
              document.body.replaceChildren(form, frame)
              form.submit()
            },
            [product.url + path, enctype],
          )
          expect((await answered).status(), `${enctype} to ${path}`).toBe(403)
        }
      }
      expect(await state(context)).toBe(before)
      await own.reload()
      await expect(own.getByRole('button', { name: 'Sign out' })).toBeVisible()
      await context.close()
    })

    test('changes and reads nothing by requests', async ({ browser, product }) => {
      const { context, hostile } = await visit(browser, product, host)
      const before = await state(context)
      const body = '{"phone_name":"eve","display_name":"eve"}'
      const sent: [string, RequestInit][] = [
        ['/api/session', {}],
        ['/api/two-factor', { mode: 'no-cors' }],
        ['/api/two-factor/enrollment', { method: 'POST', mode: 'no-cors', body: '{}' }],
        ['/api/two-factor/enrollment', { method: 'POST', body: '{}', headers: { 'Content-Type': 'text/plain' } }],
        ['/api/profile', { method: 'PATCH', body, headers: { 'Content-Type': 'application/json' } }],
        ['/api/profile', { method: 'PATCH', body, headers: { 'X-Requested-With': 'imagemaster' } }],
        ['/api/session', { method: 'DELETE' }],
        ['/api/openapi.json', {}],
        ['/', {}],
      ]
      const traffic = await trafficOf(hostile)
      for (const [path, options] of sent) {
        const read = await hostile.evaluate(
          async ([url, init]) => {
            try {
              const answer = await fetch(url, { credentials: 'include', ...init })
              return `${answer.type} ${await answer.text()}`
            } catch (error) {
              return error instanceof TypeError ? 'refused' : String(error)
            }
          },
          [product.url + path, options] as const,
        )
        // An opaque answer has no content that a page could read.
        expect(['refused', 'opaque '], `${options.method ?? 'GET'} ${path}`).toContain(read)
      }
      await hostile.evaluate((url) => navigator.sendBeacon(url, '{}'), `${product.url}/api/two-factor/enrollment`)
      // All are answered before the state is compared: the server refused them.
      await expect.poll(() => traffic.sent).toBeGreaterThan(sent.length)
      await expect.poll(() => traffic.statuses.length).toBe(traffic.sent)
      expect(traffic.statuses).toContain(403)
      expect(await state(context)).toBe(before)
      await context.close()
    })

    test('embeds nothing', async ({ browser, product }) => {
      const { context, hostile } = await visit(browser, product, host)
      const script = await context.request
        .get('/')
        .then(async (page) => /\/assets\/[^"]+\.js/.exec(await page.text())?.[0])
      for (const [tag, attribute, path] of [
        ['img', 'src', '/icon.svg'],
        ['script', 'src', '/api/session'],
        ['script', 'src', script ?? ''],
        ['link', 'href', '/api/session'],
        ['video', 'src', '/api/session'],
        ['object', 'data', '/'],
        ['embed', 'src', '/'],
      ] as const) {
        const outcome = await hostile.evaluate(
          ([name, target, url]) =>
            new Promise((done) => {
              const element = document.createElement(name)
              if (element instanceof HTMLLinkElement) element.rel = 'stylesheet'
              element.addEventListener('load', () => done(element instanceof HTMLEmbedElement ? 'empty' : 'loaded'))
              element.addEventListener('error', () => done('refused'))
              element.setAttribute(target, url)
              document.body.replaceChildren(element)
            }),
          [tag, attribute, product.url + path] as const,
        )
        expect(outcome, `${tag} ${path}`).not.toBe('loaded')
      }
      await context.close()
    })

    test('puts no page into a frame', async ({ browser, product }) => {
      const { context, hostile } = await visit(browser, product, host)
      for (const path of ['/', '/two-factor', '/sign-in', '/api/session', '/problems/csrf']) {
        await hostile.evaluate(
          (url) =>
            new Promise((done) => {
              const frame = document.createElement('iframe')
              frame.addEventListener('load', done)
              frame.src = url
              document.body.replaceChildren(frame)
            }),
          product.url + path,
        )
        const framed = () => hostile.frames().find((one) => one !== hostile.mainFrame())
        await expect.poll(() => framed()?.url(), path).toMatch(/^chrome-error:/)
      }
      await context.close()
    })

    test('keeps no hold on a window it opens', async ({ browser, product }) => {
      const { context, hostile } = await visit(browser, product, host)
      const opened = context.waitForEvent('page')
      await hostile.evaluate((url) => {
        Object.assign(window, { held: window.open(url, 'held') })
      }, `${product.url}/two-factor`)
      const popup = await opened
      await expectPage(popup, 'Two-Factor Authentication')
      expect(await popup.evaluate(() => window.opener)).toBeNull()
      expect(await popup.evaluate(() => window.name)).toBe('')
      const hold = await hostile.evaluate(() => {
        const { held } = window as unknown as { held: Window }
        return { closed: held.closed, frames: held.length }
      })
      expect(hold).toEqual({ closed: true, frames: 0 })
      await context.close()
    })
  })
}

test('another port reads no cookie, and one that it plants is not taken for ours', async ({ browser, product }) => {
  const { context, own, hostile } = await visit(browser, product, 'localhost')
  const [real] = (await context.cookies()).filter(({ name }) => name === 'im_session')
  expect(real?.httpOnly).toBe(true)
  expect(await hostile.evaluate(() => document.cookie)).toBe('')
  await hostile.evaluate((value) => {
    Object.assign(document, { cookie: `im_session=${value}; path=/` })
    Object.assign(document, { cookie: `im_session=${value}; path=/api` })
  }, 'A'.repeat(43))
  const names = (await context.cookies(`${product.url}/api/session`)).filter(({ name }) => name === 'im_session')
  expect(names).toHaveLength(2)
  // Two cookies of one name count as none.
  const answer = await context.request.get('/api/session')
  expect(await answer.json()).toMatchObject({ state: 'anonymous', account: null })
  await context.clearCookies({ name: 'im_session', path: '/api' })
  await own.goto('/two-factor')
  await expectPage(own, 'Two-Factor Authentication')
  await context.close()
})

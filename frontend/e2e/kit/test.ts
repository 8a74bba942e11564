// What every browser test starts from. The parts of this kit:
//
//   test.ts           the fixtures: running products, accounts, the browser's log
//   product.ts        runs the built product as an operator would
//   api.ts            calls the JSON API: to prepare, and to act from another browser
//   administrator.ts  an administrator who gives links through the API
//   steps.ts          what a person does on the pages, and the states a test starts from
//   people.ts         what helpers and administrators do on their pages
//   cost.ts           how many bytes a page costs
//   keyboard.ts       the same with the Tab key, and where the focus is
//   virtual-key.ts    passkeys and hardware keys
//   authenticator.ts  reads QR codes and makes one-time codes
//   gate.ts           applications behind a real proxy, and hosts that exist in tests only
//   visit.ts          what people and scripts do at those applications
//   nginx.ts          runs nginx with the settings that the product gives
//   application.ts    the applications themselves
//   mailbox.ts        a mail server that keeps what it gets
//   screen.ts         checks a whole screen for accessibility, with page-checks.ts
//   announcements.ts  what a screen reader says by itself
//   browser-log.ts    what the browser complains of
//   retried.ts        the reporter that names tests that were tried again
import { randomBytes } from 'node:crypto'
import { type BrowserContext, test as base, chromium, expect, type Page } from '@playwright/test'
import { Administrator } from './administrator'
import { Api, type Person } from './api'
import { BrowserLog } from './browser-log'
import { Mailbox } from './mailbox'
import { type Options, Product } from './product'

interface Fixtures {
  browserLog: BrowserLog
  /** A page of a browser with the back/forward cache, which Playwright switches off. */
  pageWithBackCache: Page
  /** Makes an account that has chosen its own password and has no key. */
  newPerson: () => Promise<Person>
  /** Starts a product of the test's own, for what one worker cannot share. */
  startProduct: (options?: Options) => Promise<Product>
  mailbox: Mailbox
  /** Opens a page in another browser, whose log counts like that of the first. */
  openBrowser: (url?: string) => Promise<Page>
}

interface WorkerFixtures {
  product: Product
  /** A product of its own whose clock only moves forward. */
  movable: Product
  /** An administrator of the first one, beside the one of its first start. */
  administrator: Administrator
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
    async ({}, use) => {
      const product = await Product.start()
      await createAdministrator(product)
      await use(product)
      await product.stop()
    },
    { scope: 'worker' },
  ],

  movable: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
    async ({}, use) => {
      const product = await Product.start({ clock: true })
      await createAdministrator(product)
      await use(product)
      await product.stop()
    },
    { scope: 'worker' },
  ],

  administrator: [
    async ({ product }, use) => use(await Administrator.of(product, await newPerson(product, undefined, ['--admin']))),
    { scope: 'worker' },
  ],

  baseURL: async ({ product }, use) => use(product.url),

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
  startProduct: async ({}, use) => {
    const started: Product[] = []
    await use(async (options) => {
      const product = await Product.start(options)
      started.push(product)
      return product
    })
    await Promise.all(started.map((product) => product.stop()))
  },

  // Playwright ends fixtures in the opposite order: the browser's pages close
  // before the product stops, so that no page asks a server that is gone.
  context: async ({ startProduct: _, context }, use) => use(context),

  browserLog: [
    async ({ context }, use) => {
      const log = new BrowserLog()
      await log.listen(context)
      await use(log)
      expect(log.complaints(), 'what the browser said').toEqual([])
    },
    { auto: true },
  ],

  openBrowser: async ({ browser, baseURL, browserLog }, use) => {
    const opened: BrowserContext[] = []
    await use(async (url = baseURL) => {
      const context = await browser.newContext({ ...(url && { baseURL: url }) })
      opened.push(context)
      await browserLog.listen(context)
      return context.newPage()
    })
    await Promise.all(opened.map((context) => context.close()))
  },

  pageWithBackCache: async ({ baseURL, launchOptions }, use) => {
    const browser = await chromium.launch({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] })
    await use(await browser.newPage({ ...(baseURL && { baseURL }), locale: 'en-GB' }))
    await browser.close()
  },

  newPerson: async ({ product }, use) => use(() => newPerson(product)),

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
  mailbox: async ({}, use) => {
    const mailbox = await Mailbox.start()
    await use(mailbox)
    await mailbox.stop()
  },
})

export { expect, type Person }

/** Creates the first administrator, as the one-time link asks. */
export async function createAdministrator(product: Product): Promise<Person> {
  const token = new URL(product.setupLink()).hash.slice(1)
  const api = await Api.at(product.url, product.way)
  const person = { username: 'root-admin', password: newPassword() }
  await api.send('POST', '/api/setup', { token, ...person, display_name: 'First Administrator' })
  return person
}

/**
 * Makes an account through the operator's command. Such an account must change
 * its password first, so it signs in once to do that.
 */
export async function newPerson(
  product: Product,
  username = `person-${randomBytes(5).toString('hex')}`,
  flags: string[] = [],
): Promise<Person> {
  const person = { username, password: newPassword() }
  const first = newPassword()
  await product.command(['user', 'add', username, ...flags], `${first}\n`)
  const api = await Api.at(product.url, product.way)
  await api.signIn({ username, password: first })
  await api.send('PUT', '/api/password', { current_password: first, password: person.password })
  await api.send('DELETE', '/api/session')
  return person
}

const newPassword = () => `correct horse ${randomBytes(8).toString('hex')}`

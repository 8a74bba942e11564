// What every browser test starts from: a running product, accounts of its own,
// and a page whose console is listened to until the test ends.
import { randomBytes } from 'node:crypto'
import { test as base, chromium, expect, type Page } from '@playwright/test'
import { Caller } from './caller'
import { type Options, Product } from './product'
import { Watch } from './watch'

export interface Person {
  username: string
  password: string
}

interface Fixtures {
  watch: Watch
  /** A page of a browser that keeps pages in memory for its Back button, which Playwright switches off. */
  pageWithMemory: Page
  /** Makes an account that has chosen its own password and has no key. */
  newPerson: () => Promise<Person>
  /** Starts a product of the test's own, for what one worker cannot share. */
  startProduct: (options?: Options) => Promise<Product>
}

interface WorkerFixtures {
  product: Product
  /** A product of its own whose clock only moves forward. */
  movable: Product
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
    async ({}, use) => {
      const product = await Product.start()
      await setUp(product)
      await use(product)
      await product.stop()
    },
    { scope: 'worker' },
  ],

  movable: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
    async ({}, use) => {
      const product = await Product.start({ clock: true })
      await setUp(product)
      await use(product)
      await product.stop()
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ product }, use) => use(product.url),

  watch: [
    async ({ context }, use) => {
      const watch = new Watch()
      await watch.listen(context)
      await use(watch)
      expect(watch.complaints(), 'what the browser said').toEqual([])
    },
    { auto: true },
  ],

  pageWithMemory: async ({ baseURL, launchOptions }, use) => {
    const browser = await chromium.launch({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] })
    await use(await browser.newPage({ ...(baseURL && { baseURL }), locale: 'en-GB' }))
    await browser.close()
  },

  newPerson: async ({ product }, use) => use(() => newPerson(product)),

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
})

export { expect }

/** Makes the first administrator, as the one-time link asks. */
export async function setUp(product: Product): Promise<Person> {
  const person = { username: 'root-admin', password: newPassword() }
  const token = new URL(product.setupLink()).hash.slice(1)
  const caller = new Caller(product.url)
  await caller.send('POST', '/api/setup', { token, ...person, display_name: 'First Administrator' })
  return person
}

/**
 * Makes an account through the operator's command. Such an account must change
 * its password first, so it signs in once to do that.
 */
export async function newPerson(product: Product): Promise<Person> {
  const person = { username: `person-${randomBytes(5).toString('hex')}`, password: newPassword() }
  const first = newPassword()
  await product.command(['user', 'add', person.username], `${first}\n`)
  const caller = new Caller(product.url)
  await caller.signIn(person.username, first)
  await caller.send('PUT', '/api/password', { password: person.password })
  await caller.send('DELETE', '/api/session')
  return person
}

const newPassword = () => `correct horse ${randomBytes(8).toString('hex')}`

import { MariaDB } from './kit/mariadb'
import type { Product } from './kit/product'
import { expectHome, expectPage, givePassword, signIn } from './kit/steps'
import { createAdministrator, expect, type Person, test } from './kit/test'

const moment = 'One moment…'

test('a sign-in at a busy server waits and succeeds by itself', async ({ page, context, startProduct, browserLog }) => {
  const product = await startProduct()
  const person = await createAdministrator(product)
  browserLog.expectStatus(503)

  // More sign-ins from the same address than the server can carry out in two seconds.
  const crowd = new Crowd(product, person, 400)
  await crowd.isRefused
  const waiting = page.getByRole('status').getByText(moment)
  const welcome = page.getByRole('heading', { level: 1, name: /^Welcome/ })
  for (;;) {
    await page.goto(`${product.url}/sign-in`)
    await expectPage(page, 'Sign in')
    await givePassword(page, person)
    await expect(waiting.or(welcome)).toBeVisible()
    if (await waiting.isVisible()) break
    // It got a place that had become free just then.
    await context.clearCookies()
  }
  await expect(page.getByRole('alert')).toHaveCount(0)
  await crowd.leave()
  await expectHome(page)
  await expect(waiting).toHaveCount(0)
})

test('a page whose file could not be loaded is loaded again by itself', async ({ page, newPerson, browserLog }) => {
  const file = '**/assets/Activity-*.js'
  await signIn(page, await newPerson())
  browserLog.allow(/ERR_FAILED|reading 'default'/)
  for (const open of [() => page.getByRole('link', { name: 'Activity' }).first().click(), () => page.reload()]) {
    await page.route(file, (route) => route.abort())
    await open()
    await expectPage(page, 'The server cannot be reached')
    await page.unroute(file)
    await expectPage(page, 'Activity')
  }
})

test.describe('while the database is away', () => {
  test.skip(!MariaDB.isInstalled, 'MariaDB is not installed')

  test('an open page waits and goes on, and a page that opens shows itself later', async ({
    page,
    context,
    startProduct,
    browserLog,
  }) => {
    const database = await MariaDB.start()
    try {
      const product = await startProductOn(database, startProduct)
      const person = await createAdministrator(product)
      await signIn(page, person, product.url)

      browserLog.expectStatus(503)
      await database.halt()
      const opened = await context.newPage()
      await opened.goto(`${product.url}/sessions`)
      await expectPage(opened, 'The server cannot be reached')
      await expect(opened.getByText('This page goes on by itself')).toBeVisible()
      await page.getByRole('link', { name: 'Sessions' }).first().click()
      await expect(page.getByRole('status').getByText(moment)).toBeVisible()
      await expect(page.getByRole('alert')).toHaveCount(0)

      database.resume()
      for (const one of [page, opened]) {
        await expectPage(one, 'Sessions')
        await expect(one.getByText('This session')).toBeVisible()
      }
    } finally {
      await database.stop()
    }
  })
})

/** Starts the product on a database server that may not answer yet. */
async function startProductOn(database: MariaDB, startProduct: (options: { flags: string[] }) => Promise<Product>) {
  for (const deadline = Date.now() + 30_000; ; ) {
    try {
      return await startProduct({ flags: database.flags })
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}

/** Sign-ins that are sent again whenever they are refused, until the crowd leaves. */
class Crowd {
  /** Is done once the server has refused one of them. */
  readonly isRefused: Promise<void>
  private readonly all: Promise<void>[]
  private here = true
  private refused: () => void = () => {}

  constructor(product: Product, person: Person, size: number) {
    this.isRefused = new Promise((done) => (this.refused = done))
    this.all = Array.from({ length: size }, () => this.signIn(product, person))
  }

  async leave() {
    this.here = false
    await Promise.all(this.all)
  }

  private async signIn({ url }: Product, { username, password }: Person) {
    const headers = { Origin: url, 'X-Requested-With': 'imagemaster', 'Content-Type': 'application/json' }
    const body = JSON.stringify({ username, password })
    while (this.here) {
      const answer = await fetch(`${url}/api/sign-in`, { method: 'POST', headers, body })
      await answer.arrayBuffer()
      if (answer.status === 503) this.refused()
    }
  }
}

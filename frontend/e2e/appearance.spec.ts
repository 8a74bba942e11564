import { chromium } from '@playwright/test'
import { checkScreen } from './kit/screen'
import { addKey, expectHome, expectPage, signIn, signOut } from './kit/steps'
import { expect, test } from './kit/test'

test('German once through: choose it, sign in wrong and right', async ({ page, newPerson, browserLog }) => {
  const person = await newPerson()
  await page.goto('/sign-in')
  await page.getByLabel('Language').selectOption('Deutsch')
  await expectPage(page, 'Anmelden')
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')

  await page.reload()
  await page.getByLabel('Benutzername').fill(person.username)
  await page.getByLabel('Passwort', { exact: true }).fill('nicht das richtige Passwort')
  browserLog.expectStatus(401)
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('Passwort')

  await page.getByLabel('Passwort', { exact: true }).fill(person.password)
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
  await page.getByRole('link', { name: 'Zwei-Faktor-Authentifizierung' }).first().click()
  await page.getByRole('button', { name: 'Authenticator einrichten' }).click()
  await expect(page.getByRole('button', { name: 'Prüfen und speichern' })).toBeVisible()
  await page.getByRole('button', { name: 'Abbrechen' }).click()
  await expect(page.getByRole('button', { name: 'Authenticator einrichten' })).toBeVisible()
})

test.describe('a browser that asks for German', () => {
  test.use({ locale: 'de-AT' })
  test('gets German', async ({ page }) => {
    await page.goto('/sign-in')
    await expectPage(page, 'Anmelden')
  })
})

test('the theme follows the system until one is picked, and a reload never flashes the other', async ({ page }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto('/sign-in')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const light = await background()
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect.poll(background).not.toBe(light)

  await page.getByRole('button', { name: 'Switch to the light theme' }).click()
  await expect.poll(background).toBe(light)

  // Every frame after the reload is looked at: none may have the system's colour.
  await page.addInitScript(() => {
    const seen: string[] = []
    Object.assign(window, { seen })
    const look = () => {
      if (document.documentElement && document.body)
        seen.push(getComputedStyle(document.documentElement).backgroundColor)
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await page.reload()
  await expect(page.getByRole('button', { name: 'Switch to the dark theme' })).toBeVisible()
  const seen = () => page.evaluate(() => (window as unknown as { seen: string[] }).seen)
  await expect.poll(async () => (await seen()).length).toBeGreaterThan(0)
  expect((await seen()).filter((colour) => colour !== light)).toEqual([])
})

test('an unknown address says so and leads home', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await page.goto('/no/such/page')
  await expectPage(page, 'Page not found')
  await page.getByRole('link', { name: 'Go to Home' }).click()
  await expectHome(page)
  await signOut(page)
})

test('a server that does not answer is named, and the page recovers', async ({ page, startProduct, browserLog }) => {
  const product = await startProduct()
  await page.goto(`${product.url}/sign-in`)
  await expectPage(page, 'Sign in')
  await expect(page.locator('#early'), 'all of the page is there').toHaveCount(0)
  await product.halt()
  browserLog.allow(/ERR_CONNECTION_REFUSED/)

  await page.getByLabel('User name').fill('somebody')
  await page.getByLabel('Password', { exact: true }).fill('some long password')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('The server cannot be reached.')

  await product.resume()
  browserLog.expectStatus(401)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('The user name or password is not right.')
})

test('a page opened while the API is away offers to try again, and goes on by itself', async ({ page, browserLog }) => {
  browserLog.allow(/ERR_FAILED/)
  for (const goOn of [() => page.getByRole('button', { name: 'Try again' }).click(), () => {}]) {
    await page.route('**/api/session', (route) => route.abort())
    await page.goto('/')
    await expectPage(page, 'The server cannot be reached')
    await page.unroute('**/api/session')
    await goOn()
    await expectPage(page, 'Sign in')
  }
})

test('a connection that is not secure is named, and the right address offered', async ({
  startProduct,
  launchOptions,
}) => {
  const host = 'sign-in.example.com'
  const product = await startProduct({
    publicUrl: `https://${host}`,
    flags: ['--brand-name', 'Paper Mill', '--trusted-proxies', '127.0.0.1'],
  })
  const rules = `--host-resolver-rules=MAP ${host} ${new URL(product.url).host.replace('localhost', '127.0.0.1')}`
  const browser = await chromium.launch({ ...launchOptions, args: [...(launchOptions.args ?? []), rules] })
  try {
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage()
    await page.goto(`http://${host}/two-factor`)
    await expectPage(page, 'This connection is not secure')
    await expect(page.getByRole('banner')).toContainText('Paper Mill')
    await expect(page.getByRole('textbox')).toHaveCount(0)
    await expect(page.getByRole('link', { name: 'Open https://' })).toHaveAttribute('href', `https://${host}`)
    await checkScreen(page)
  } finally {
    await browser.close()
  }
})

test('nothing moves for a person who asked for less motion', async ({ page, newPerson }) => {
  await page.addInitScript(() => {
    const moved: string[] = []
    Object.assign(window, { moved })
    for (const kind of ['transitionrun', 'animationstart']) {
      document.addEventListener(kind, ({ target }) => moved.push(`${kind} of ${(target as Element).className}`), true)
    }
  })
  const moved = () => page.evaluate(() => (window as unknown as { moved: string[] }).moved)
  async function use(name: string) {
    await page.goto('/profile')
    await page.getByLabel('Full name').fill(name)
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('Saved: Full name.')).toBeVisible()
    await page.getByRole('button', { name: /^Switch to the/ }).click()
    await page.getByRole('button', { name: 'Sign out' }).hover()
    await page.getByRole('link', { name: 'Two-Factor Authentication' }).click()
    await page.getByRole('button', { name: 'Disable', exact: true }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await page.keyboard.press('ArrowDown')
    // Any transition has begun two frames later.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
    return moved()
  }
  await signIn(page, await newPerson())
  await addKey(page)
  expect(await use('first')).toEqual([])
  await page.emulateMedia({ reducedMotion: 'no-preference' })
  expect(await use('second'), 'a message and a dialog move for everybody else').not.toEqual([])
})

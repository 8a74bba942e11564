// How the key gets into the phone: the QR code, the text and the link.

import { randomBytes } from 'node:crypto'
import type { Locator, Page } from '@playwright/test'
import { readQR } from './kit/authenticator'
import type { Product } from './kit/product'
import { addKey, expectHome, expectPage, givePassword, signIn, signOut } from './kit/steps'
import { expect, newPerson, type Person, test } from './kit/test'

const picture = (page: Page) => page.getByRole('img', { name: /QR/ })
const secretIn = (uri: string) => new URL(uri).searchParams.get('secret') ?? ''

async function begin(page: Page, person: Person) {
  await signIn(page, person)
  await page.goto('/two-factor')
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  await expect(picture(page)).toBeVisible()
}

/** An account with the longest name that is allowed. */
const personWithLongName = (product: Product) =>
  newPerson(product, `${'n'.repeat(44)}${randomBytes(10).toString('hex')}`)

const looks = (svg: Locator) =>
  svg.evaluate((element) => {
    const path = element.querySelector('path')
    if (!path) throw new Error('the picture is empty')
    const box = element.getBoundingClientRect()
    return {
      ground: getComputedStyle(element).backgroundColor,
      ink: getComputedStyle(path).fill,
      forced: getComputedStyle(element).forcedColorAdjust,
      filter: getComputedStyle(element).filter,
      perModule: box.width / Number(element.getAttribute('viewBox')?.split(' ')[2]),
      square: box.width === box.height,
      width: box.width,
    }
  })

test('the QR code is black on white, in whole pixels and read, in every theme', async ({ page, newPerson }) => {
  await begin(page, await newPerson())
  for (const [colorScheme, forcedColors] of [
    ['light', 'none'],
    ['dark', 'none'],
    ['dark', 'active'],
    ['light', 'active'],
  ] as const) {
    await page.emulateMedia({ colorScheme, forcedColors })
    const { width, ...rest } = await looks(picture(page))
    expect(rest, `${colorScheme}, forced colours ${forcedColors}`).toEqual({
      ground: 'rgb(255, 255, 255)',
      ink: 'rgb(0, 0, 0)',
      forced: 'none',
      filter: 'none',
      perModule: 4,
      square: true,
    })
    expect(width).toBeGreaterThanOrEqual(228)
    expect(await readQR(page)).toMatch(/^otpauth:\/\/totp\//)
  }
})

test('the largest QR code fits on the smallest screen, still in whole pixels', async ({ page, product }) => {
  await begin(page, await personWithLongName(product))
  await page.setViewportSize({ width: 320, height: 640 })
  await expect.poll(async () => (await looks(picture(page))).perModule).toBe(4)
  const box = await picture(page).boundingBox()
  expect(box?.x).toBeGreaterThanOrEqual(0)
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(320)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
  expect(await readQR(page)).toMatch(/^otpauth:\/\/totp\//)
})

test('the key stands there as text in eight groups of four, each as wide as the other', async ({ page, newPerson }) => {
  await begin(page, await newPerson())
  const secret = secretIn(await readQR(page))
  const groups = page.getByRole('code').locator('span')
  expect(await groups.allTextContents()).toEqual(secret.match(/.{4}/g))
  const widths = await groups.evaluateAll((all) =>
    all.map((group) => Math.round(group.getBoundingClientRect().width * 10)),
  )
  expect(widths).toHaveLength(8)
  expect(new Set(widths).size, 'a face of fixed width').toBe(1)
})

test('the picture says what it is, and not the secret', async ({ page, newPerson }) => {
  await begin(page, await newPerson())
  const secret = secretIn(await readQR(page))
  await expect(picture(page)).toHaveAccessibleName('QR code to set up ImageMaster')
  const shown = await picture(page).evaluate((element) => element.outerHTML)
  expect(shown).not.toContain(secret)
  expect(shown).not.toContain('otpauth')
})

test('with a mouse there is no link to an app', async ({ page, newPerson }) => {
  await begin(page, await newPerson())
  await expect(page.getByRole('link', { name: 'Open in authenticator app' })).toBeHidden()
})

test.describe('on a phone', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } })

  test('a link opens the app with the same key', async ({ page, newPerson }) => {
    await begin(page, await newPerson())
    const link = page.getByRole('link', { name: 'Open in authenticator app' })
    await expect(link).toBeVisible()
    await expect(link).toHaveAttribute('href', await readQR(page))
  })
})

test('the key goes to no other place: no request, address or storage holds it', async ({
  page,
  newPerson,
  baseURL,
}) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await begin(page, await newPerson())
  const secret = secretIn(await readQR(page))
  expect(secret).toHaveLength(32)
  expect(asked.filter((url) => !url.startsWith(`${baseURL}/`))).toEqual([])
  expect(asked.filter((url) => /otpauth|secret/i.test(url) || url.includes(secret))).toEqual([])
  const kept = await page.evaluate(async () => ({
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    cookie: document.cookie,
    caches: await caches.keys(),
    databases: await indexedDB.databases(),
    address: location.href,
  }))
  expect(kept).toEqual({
    local: [],
    session: [],
    cookie: '',
    caches: [],
    databases: [],
    address: `${baseURL}/two-factor`,
  })
})

test('help for a lost phone is named at Home and at Verification', async ({ page, startProduct }) => {
  const product = await startProduct({ flags: ['--help-contact', 'IT help desk, room 7'] })
  const person = await newPerson(product)
  await signIn(page, person, product.url)
  await addKey(page, Date.now, product.url)
  await page.getByRole('link', { name: /Home/ }).click()
  await expectHome(page)
  await expect(page.getByRole('heading', { name: 'If you lost your phone now' })).toBeVisible()
  await expect(page.getByText('You could not sign in by yourself', { exact: false })).toBeVisible()
  await expect(page.getByText('IT help desk, room 7').first()).toBeVisible()
  await signOut(page)
  await givePassword(page, person)
  await expectPage(page, 'Verification')
  await page.getByRole('link', { name: 'Lost phone and codes?' }).click()
  await expectPage(page, 'Lost phone and codes')
  await expect(page.getByText('IT help desk, room 7').first()).toBeVisible()
})

// What the browser is given, and what a person may do with its fields.
import type { Page } from '@playwright/test'
import { Authenticator, readQR } from './authenticator'
import { expect, newPerson as newPersonOf, test } from './fixtures'
import {
  confirmKey,
  expectHome,
  givePassword,
  scan,
  setUpKey,
  signIn,
  signInAsFarAsVerification,
  signOut,
} from './steps'

test('the pages bring no inline code, no source maps and nothing from elsewhere', async ({
  page,
  request,
  newPerson,
}) => {
  const loaded = new Set<string>()
  page.on('response', (response) => loaded.add(new URL(response.url()).pathname))
  await signIn(page, await newPerson())
  for (const path of ['/two-factor', '/sessions', '/activity', '/password', '/profile']) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  }
  const html = await (await request.get('/', { headers: { Accept: 'text/html' } })).text()
  expect(html.match(/<script(?![^>]*\ssrc=)/g), 'scripts without a file').toBeNull()
  expect(html.match(/<style|\sstyle=|\son\w+=/g), 'inline style or handler').toBeNull()
  expect(html.match(/(?:src|href)="(?!\/)/g), 'files of other places').toBeNull()

  const files = [...loaded].filter((path) => /\.(js|css)$/.test(path))
  expect(files.length).toBeGreaterThan(5)
  for (const file of files) {
    const text = await (await request.get(file)).text()
    expect(text.includes('sourceMappingURL'), `${file} names a source map`).toBe(false)
    expect(/url\(\s*["']?data:/.test(text), `${file} holds a data: address`).toBe(false)
    expect((await request.get(`${file}.map`)).status(), `${file}.map`).toBe(404)
  }
})

test('passwords and codes can be pasted, and nothing is cut or sent by it', async ({ page, newPerson, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const paste = async (label: string, text: string) => {
    await page.evaluate((value) => navigator.clipboard.writeText(value), text)
    await page.getByLabel(label, { exact: true }).focus()
    await page.keyboard.press('ControlOrMeta+V')
    await expect(page.getByLabel(label, { exact: true })).toHaveValue(text)
  }
  const person = await newPerson()
  await page.goto('/sign-in')
  await paste('User name', person.username)
  await paste('Password', person.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expectHome(page)

  const authenticator = await scan(page)
  const code = await authenticator.next()
  await paste('Code', ` ${code.slice(0, 3)} ${code.slice(3)} `)
  await expect(page.getByRole('button', { name: 'Verify and Save' }), 'a sixth digit sends nothing').toBeVisible()
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()

  await page.goto('/password')
  await paste('New password', 'x'.repeat(256))
  await page.goto('/two-factor')
  await signOut(page)
  await signInAsFarAsVerification(page, person)
  const next = await authenticator.next()
  await paste('Verification code', `${next.slice(0, 3)}-${next.slice(3)}`)
  await expect(page.getByRole('heading', { level: 1, name: 'Verification' })).toBeVisible()
  await page.getByRole('button', { name: 'Verify', exact: true }).click()
  await expectHome(page)
})

test('nothing secret is kept where scripts or the next person could find it', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await setUpKey(page)
  await page.getByLabel('Language').first().selectOption('English')
  await page.getByRole('button', { name: 'Generate Backup Codes' }).click()
  await expect(page.getByRole('dialog').getByRole('listitem')).toHaveCount(10)
  await page
    .getByLabel('Language')
    .first()
    .evaluate((select) => select.dispatchEvent(new Event('change')))
  const kept = await page.evaluate(() => ({
    cookie: document.cookie,
    storage: Object.entries({ ...localStorage, ...sessionStorage }),
    state: JSON.stringify(history.state),
  }))
  expect(kept.cookie).toBe('')
  for (const [name, value] of kept.storage) {
    expect(['language', 'theme']).toContain(name)
    expect(value).toMatch(/^(en|de|day|night)$/)
  }
  expect(kept.state).not.toContain(authenticator.secret)
  const cookies = await page.context().cookies()
  expect(cookies.length).toBeGreaterThan(1)
  for (const cookie of cookies) {
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' })
    if (!cookie.name.endsWith('im_device')) expect(cookie.expires, cookie.name).toBe(-1)
  }
})

/** What an input says to password managers and to the keyboard of a phone. */
const manners = (page: Page, label: string) =>
  page.getByLabel(label, { exact: true }).evaluate((element) => {
    const input = element as HTMLInputElement
    return {
      type: input.type,
      name: input.name,
      autocomplete: input.autocomplete,
      capitals: input.autocapitalize,
      spellcheck: input.spellcheck,
      inForm: input.form?.querySelectorAll('button[type=submit], button:not([type])').length === 1,
      passwords: input.form?.querySelectorAll('input[type=password]').length,
    }
  })

test('password managers and keyboards learn what each field is for', async ({ page, newPerson, startProduct }) => {
  const product = await startProduct()
  await page.goto(product.setupLink())
  const form = { inForm: true, capitals: 'none', spellcheck: false, passwords: 1 }
  const password = { ...form, type: 'password', name: 'password' }
  const name = { ...form, type: 'text', name: 'username', autocomplete: 'username' }
  expect(await manners(page, 'User name')).toEqual(name)
  expect(await manners(page, 'Password')).toEqual({ ...password, autocomplete: 'new-password' })

  const person = await newPerson()
  await page.goto('/sign-in')
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
  expect(await manners(page, 'User name')).toEqual(name)
  expect(await manners(page, 'Password')).toEqual({ ...password, autocomplete: 'current-password' })
  await signIn(page, person)
  const authenticator = await setUpKey(page)
  expect(authenticator.secret).toHaveLength(32)
  await page.goto('/password')
  await expect(page.getByLabel('New password')).toBeVisible()
  expect(await manners(page, 'New password')).toEqual({ ...password, autocomplete: 'new-password' })

  await signOut(page)
  await signInAsFarAsVerification(page, person)
  const code = { ...form, type: 'text', name: 'code', passwords: 0 }
  expect(await manners(page, 'Verification code')).toEqual({ ...code, autocomplete: 'one-time-code' })
  await page.getByRole('button', { name: 'Type a backup code' }).click()
  expect(await manners(page, 'Verification code')).toEqual({ ...code, autocomplete: 'off' })
})

const rooms = {
  '/': /^Welcome/,
  '/two-factor': 'Two-Factor Authentication',
  '/sessions': 'Sessions',
  '/activity': 'Activity',
  '/password': 'Password',
  '/profile': 'Profile',
}

test('each page has its own title, heading and language', async ({ page, newPerson }) => {
  const person = await newPerson()
  await page.goto('/sign-in')
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible()
  const titles = [await page.title()]
  await signIn(page, person)
  for (const [path, name] of Object.entries(rooms)) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1)
    await expect(page.locator('html')).toHaveAttribute('lang', 'en')
    titles.push(await page.title())
  }
  expect(new Set(titles).size, titles.join(', ')).toBe(7)
  expect(titles.filter((title) => !title.endsWith('ImageMaster'))).toEqual([])

  // Within the room the focus goes along.
  for (const [path, name] of Object.entries(rooms).slice(1)) {
    await page.locator(`nav a[href="${path}"]`).first().click()
    await expect(page.getByRole('heading', { level: 1, name })).toBeFocused()
  }
})

test('every field has a visible label that is its name', async ({ page, newPerson }) => {
  const looked: string[] = []
  const look = async () => {
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    for (const field of await page
      .getByRole('main')
      .locator('input:visible:not([aria-hidden]), select:visible')
      .all()) {
      const { labels, placeholder } = await field.evaluate((element) => ({
        labels: [...((element as HTMLInputElement).labels ?? [])].map((label) => ({
          text: label.innerText.trim().split('\n')[0] ?? '',
          seen: label.getBoundingClientRect().width > 1,
        })),
        placeholder: element.getAttribute('placeholder'),
      }))
      expect(placeholder).toBeNull()
      const [label] = labels.filter(({ text }) => text !== '')
      const of = `${page.url()} ${await field.evaluate((element) => element.outerHTML)}`
      expect(label, of).toBeDefined()
      expect(label?.seen, of).toBe(true)
      await expect(field).toHaveAccessibleName(new RegExp((label?.text ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
      looked.push((label?.text ?? '').replace(' (optional)', ''))
    }
  }
  const person = await newPerson()
  await page.goto('/sign-in')
  await look()
  await signIn(page, person)
  await scan(page)
  await look()
  for (const path of ['/password', '/profile']) {
    await page.goto(path)
    await look()
  }
  expect(looked).toEqual(
    expect.arrayContaining([
      'User name',
      'Password',
      'Code',
      'Phone name',
      'Security notices go to',
      'New password',
      'Full name',
    ]),
  )
})

test('help stands in the same place on every page', async ({ page, startProduct }) => {
  const product = await startProduct({ flags: ['--help-contact', 'IT help desk, room 7'] })
  const person = await newPersonOf(product)
  const last = async () => {
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    const foot = page.getByRole('contentinfo')
    await expect(foot.getByText('IT help desk, room 7')).toBeVisible()
    expect((await foot.innerText()).split('\n')[0], page.url()).toContain('IT help desk, room 7')
  }
  await page.goto(`${product.url}/sign-in`)
  await last()
  await givePassword(page, person)
  await expectHome(page)
  for (const path of Object.keys(rooms)) {
    await page.goto(product.url + path)
    await last()
  }
  await page.goto(`${product.url}/two-factor`)
  await page.getByRole('button', { name: 'Set Up Authenticator' }).click()
  await confirmKey(page, Authenticator.fromURI(await readQR(page)))
  await last()
  await signOut(page)
  await givePassword(page, person)
  await expect(page.getByRole('heading', { level: 1, name: 'Verification' })).toBeVisible()
  await last()
})

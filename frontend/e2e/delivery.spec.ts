// What the server sends to the browser, and what its fields allow.

import type { Page } from '@playwright/test'
import {
  addKey,
  expectHome,
  expectPage,
  generateCodes,
  givePassword,
  open,
  scan,
  settings,
  settingsPages,
  signIn,
  signInAsFarAsVerification,
  signOut,
} from './kit/steps'
import { expect, newPerson as newPersonAt, test } from './kit/test'

test('the pages bring no inline code, no source maps and nothing from elsewhere', async ({
  page,
  request,
  newPerson,
}) => {
  const loaded = new Set<string>()
  page.on('response', (response) => loaded.add(new URL(response.url()).pathname))
  await signIn(page, await newPerson())
  for (const name of settingsPages) await open(page, name)
  const html = await (await request.get('/', { headers: { Accept: 'text/html' } })).text()
  expect(html.match(/<script(?![^>]*\ssrc=)/g), 'scripts without a file').toBeNull()
  expect(html.match(/<style/g), 'the style that the policy names by its hash').toHaveLength(1)
  expect(html.match(/\sstyle=|\son\w+=/g), 'inline style or handler').toBeNull()
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
  await paste('Code', ` ${code.slice(0, 3)}\u00a0${code.slice(3)} `)
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()

  await page.goto('/password')
  await paste('Present password', person.password)
  await paste('New password', 'x'.repeat(256))
  await page.goto('/two-factor')
  await signOut(page)
  await signInAsFarAsVerification(page, person)
  const sent: string[] = []
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()))
  const next = await authenticator.next()
  await paste('Verification code', `${next.slice(0, 3)}-${next.slice(3)}`)
  await page.getByRole('button', { name: 'Verify', exact: true }).click()
  await expectHome(page)
  expect(sent, 'only the button sends the code').toHaveLength(1)
})

test('nothing secret is kept where scripts or the next person could find it', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  await page
    .getByLabel('Language')
    .first()
    .evaluate((select) => select.dispatchEvent(new Event('change', { bubbles: true })))
  await expect.poll(() => page.evaluate(() => document.cookie)).toBe('im_language=en')
  await generateCodes(page)
  const kept = await page.evaluate(() => ({
    cookie: document.cookie,
    storage: Object.entries({ ...localStorage, ...sessionStorage }),
    state: JSON.stringify(history.state),
  }))
  expect(kept.cookie, 'the only cookie for scripts').toBe('im_language=en')
  expect(kept.storage).toEqual([])
  expect(kept.state).not.toContain(authenticator.secret)
  const cookies = await page.context().cookies()
  expect(cookies.length).toBeGreaterThan(1)
  for (const cookie of cookies) {
    const choice = cookie.name === 'im_language'
    expect(cookie).toMatchObject({ httpOnly: !choice, sameSite: 'Strict', path: '/' })
    if (!choice && !cookie.name.endsWith('im_device')) expect(cookie.expires, cookie.name).toBe(-1)
  }
})

/** What an input tells password managers and the keyboard of a phone. */
const hints = (page: Page, label: string) =>
  page.getByLabel(label, { exact: true }).evaluate((element) => {
    const input = element as HTMLInputElement
    return {
      type: input.type,
      name: input.name,
      autocomplete: input.autocomplete,
      keyboard: input.inputMode,
      capitals: input.autocapitalize,
      spellcheck: input.spellcheck,
      inForm: input.form?.querySelectorAll('button[type=submit], button:not([type])').length === 1,
      passwords: input.form?.querySelectorAll('input[type=password]').length,
    }
  })

test('password managers and keyboards learn what each field is for', async ({ page, newPerson, startProduct }) => {
  const product = await startProduct()
  await page.goto(product.setupLink())
  const form = { inForm: true, keyboard: '', capitals: 'none', spellcheck: false, passwords: 1 }
  const password = { ...form, type: 'password', name: 'password' }
  const name = { ...form, type: 'text', name: 'username', autocomplete: 'username' }
  expect(await hints(page, 'User name')).toEqual(name)
  expect(await hints(page, 'Password')).toEqual({ ...password, autocomplete: 'new-password' })

  const person = await newPerson()
  await page.goto('/sign-in')
  await expectPage(page, 'Sign in')
  expect(await hints(page, 'User name')).toEqual(name)
  expect(await hints(page, 'Password')).toEqual({ ...password, autocomplete: 'current-password' })
  await signIn(page, person)
  await addKey(page)
  await page.goto('/password')
  await expect(page.getByLabel('New password')).toBeVisible()
  const ofTwo = { ...password, passwords: 2 }
  expect(await hints(page, 'Present password')).toEqual({
    ...ofTwo,
    name: 'current_password',
    autocomplete: 'current-password',
  })
  expect(await hints(page, 'New password')).toEqual({ ...ofTwo, autocomplete: 'new-password' })

  await signOut(page)
  await signInAsFarAsVerification(page, person)
  const code = { ...form, type: 'text', name: 'code', passwords: 0 }
  expect(await hints(page, 'Verification code')).toEqual({
    ...code,
    keyboard: 'numeric',
    autocomplete: 'one-time-code',
  })
  await page.getByRole('button', { name: 'Type a backup code' }).click()
  expect(await hints(page, 'Verification code')).toEqual({ ...code, keyboard: 'text', autocomplete: 'off' })
})

test('each page has its own title, heading and language', async ({ page, newPerson }) => {
  const person = await newPerson()
  await page.goto('/sign-in')
  await expectPage(page, 'Sign in')
  await expect(page).toHaveTitle('Sign in – ImageMaster')
  await signIn(page, person)
  await expect(page).toHaveTitle('Home – ImageMaster')
  for (const name of settingsPages) {
    await open(page, name)
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1)
    await expect(page.locator('html')).toHaveAttribute('lang', 'en')
    await expect(page).toHaveTitle(`${name} – ImageMaster`)
  }

  // A link of the navigation takes the focus to the heading of its page.
  for (const name of settingsPages) {
    await page.getByRole('navigation').getByRole('link', { name }).click()
    await expect(page.getByRole('heading', { level: 1, name })).toBeFocused()
  }
})

test('every field has a visible label that is its name', async ({ page, newPerson }) => {
  const expectLabels = async (...names: string[]) => {
    for (const name of names) await expect(page.getByRole('main').getByLabel(name).first()).toBeVisible()
    const looked: string[] = []
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
    expect(looked).toEqual(names)
  }
  const person = await newPerson()
  await page.goto('/sign-in')
  await expectLabels('User name', 'Password')
  await signIn(page, person)
  await scan(page)
  await expectLabels('Phone name', 'Code', 'Security notices go to')
  await page.goto('/password')
  await expectLabels('Present password', 'New password')
  await page.goto('/profile')
  await expectLabels('Full name', 'Language', 'Appearance')
})

test('help stands in the same place on every page', async ({ page, startProduct }) => {
  const product = await startProduct({ flags: ['--help-contact', 'IT help desk, room 7'] })
  const person = await newPersonAt(product)
  const expectHelp = async () => {
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    const foot = page.getByRole('contentinfo')
    await expect(foot.getByText('IT help desk, room 7')).toBeVisible()
    expect((await foot.innerText()).split('\n')[0], page.url()).toContain('IT help desk, room 7')
  }
  await page.goto(`${product.url}/sign-in`)
  await expectHelp()
  await signIn(page, person, product.url)
  await expectHelp()
  for (const path of [...Object.values(settings), '/no/such/page', '/setup']) {
    await page.goto(product.url + path)
    await expectHelp()
  }
  await addKey(page, Date.now, product.url)
  await expectHelp()
  await signOut(page)
  await givePassword(page, person)
  await expectPage(page, 'Verification')
  await expectHelp()
})

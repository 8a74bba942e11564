// What the browser is given, and what a person may do with its fields.
import { expect, test } from './fixtures'
import { expectHome, scan, setUpKey, signIn, signInAsFarAsVerification, signOut } from './steps'

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

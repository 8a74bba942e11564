import { Authenticator, readQR } from './kit/authenticator'
import { confirmKey, expectHome, giveCode, scan, signIn, signInAsFarAsVerification, signOut } from './kit/steps'
import { expect, test } from './kit/test'

test('set up with a scanned QR code, sign out, sign in with a code', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  await page.goto('/two-factor')
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  const authenticator = await scan(page)

  const shown = await page.getByRole('code').textContent()
  expect(shown?.replace(/\s/g, '')).toBe(authenticator.secret)

  await page.getByLabel('Phone name').fill('Pixel')
  await confirmKey(page, authenticator)
  await expect(page.getByLabel('Phone name')).toHaveValue('Pixel')

  await signOut(page)
  await signInAsFarAsVerification(page, person)
  await giveCode(page, await authenticator.next())
  await expectHome(page)
})

test('a reload or a wrong code keeps the key that was scanned', async ({ page, newPerson, browserLog }) => {
  await signIn(page, await newPerson())
  const authenticator = await scan(page)

  await page.reload()
  expect(Authenticator.fromURI(await readQR(page)).secret).toBe(authenticator.secret)

  browserLog.expectStatus(401)
  await page.getByLabel('Code', { exact: true }).fill(authenticator.wrong())
  await page.getByRole('button', { name: 'Verify and Save' }).click()
  await expect(page.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(/That code is not right\./)

  await confirmKey(page, authenticator)
})

test('a malformed code is told at once and costs nothing', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  const authenticator = await scan(page)
  const sent: string[] = []
  page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()))
  for (const entry of ['', '12345', '1234567', 'abcdef', '①२३४५६']) {
    await page.getByLabel('Code', { exact: true }).fill(entry)
    await page.getByRole('button', { name: 'Verify and Save' }).click()
    await expect(page.getByLabel('Code', { exact: true })).toHaveAttribute('aria-invalid', 'true')
  }
  await confirmKey(page, authenticator)
  expect(sent, 'only the right code is sent').toHaveLength(1)
})

test('Cancel leaves the account as it was, and the next set-up has a new key', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  const first = await scan(page)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  const second = await scan(page)
  expect(second.secret).not.toBe(first.secret)
})

test('the key is copied without spaces', async ({ page, newPerson, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await signIn(page, await newPerson())
  const { secret } = await scan(page)
  await page.getByRole('button', { name: 'Copy secret key' }).click()
  await expect(page.getByText('Copied', { exact: true })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret)
})

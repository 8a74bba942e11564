import { Api } from './kit/api'
import { Authenticator, readQR } from './kit/authenticator'
import {
  confirmKey,
  expectHome,
  generateCodes,
  giveCode,
  replaceCodes,
  saveCodes,
  scan,
  signIn,
  signInAsFarAsVerification,
  signOut,
} from './kit/steps'
import { createAdministrator, expect, newPerson, test } from './kit/test'

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

for (const [locale, setUp, submit, move, start] of [
  ['en-GB', 'Set Up Authenticator', 'Verify and Save', 'Move to Different Phone', 'Start the move'],
  ['de-DE', 'Authenticator einrichten', 'Prüfen und speichern', 'Auf anderes Telefon umziehen', 'Umzug beginnen'],
] as const) {
  test.describe(locale, () => {
    test.use({ locale, viewport: { width: 1280, height: 720 } })

    test('set-up, required, and move fit into a window of 1280 × 720', async ({ page, startProduct, browserLog }) => {
      const product = await startProduct({ flags: ['--require-two-factor'] })
      await createAdministrator(product)
      await (await Api.in(page, product.url)).signIn(await newPerson(product))
      const press = (name: string) => page.getByRole('button', { name }).click()
      const code = page.getByLabel('Code', { exact: true })
      const fits = async () => {
        for (const part of [page.getByRole('img'), code, page.getByRole('button', { name: submit })])
          await expect(part).toBeInViewport({ ratio: 1 })
      }

      await page.goto(`${product.url}/two-factor`)
      await press(setUp)
      const authenticator = Authenticator.fromURI(await readQR(page), Date.now)
      await fits()
      browserLog.expectStatus(401)
      await code.fill(authenticator.wrong())
      await press(submit)
      const error = page.getByText(locale === 'de-DE' ? 'Dieser Code ist nicht richtig.' : 'That code is not right.')
      await expect(error).toBeInViewport({ ratio: 1 })
      await code.fill(await authenticator.next())
      await press(submit)
      await press(move)
      await press(start)
      await fits()
    })
  })
}

test('an account is called protected once a set of codes is confirmed', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await confirmKey(page, await scan(page))
  const almost = page.getByRole('heading', { name: 'Almost done: save your backup codes' })
  const safe = page.getByRole('heading', { name: 'Your account is protected' })
  await expect(almost).toBeVisible()
  await expect(page.getByText('You have 0 unused backup codes.')).toBeVisible()
  await expect(page.getByRole('region', { name: 'Backup codes' })).toBeFocused()
  await generateCodes(page)
  page.once('dialog', (dialog) => void dialog.accept())
  await page.reload()
  await expect(page.getByText('You have 10 unused backup codes.')).toBeVisible()
  await expect(almost, 'nobody said that they are saved').toBeVisible()
  await replaceCodes(page)
  await saveCodes(page)
  await expect(safe).toBeVisible()
  await expect(almost).toHaveCount(0)
})

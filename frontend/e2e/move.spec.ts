import type { Page } from '@playwright/test'
import { Authenticator, readQR } from './kit/authenticator'
import { checkScreen } from './kit/screen'
import {
  addCodes,
  addKey,
  expectHome,
  giveCode,
  givePassword,
  signIn,
  signInAsFarAsVerification,
  signOut,
} from './kit/steps'
import { expect, newPerson, test } from './kit/test'

/** Begins a move and scans the new key. */
async function beginMove(page: Page, now = Date.now) {
  await page.goto('/two-factor')
  await page.getByRole('main').getByRole('button', { name: 'Move to Different Phone' }).click()
  await page.getByRole('button', { name: 'Start the move' }).click()
  return Authenticator.fromURI(await readQR(page), now)
}

async function giveNewCode(page: Page, code: string) {
  await page.getByLabel('Code', { exact: true }).fill(code)
  await page.getByRole('button', { name: 'Verify and Save' }).click()
}

test('the codes move to another phone; the old one works until then and not afterwards', async ({
  page,
  newPerson,
  browserLog,
}) => {
  const person = await newPerson()
  await signIn(page, person)
  const old = await addKey(page)
  const fresh = await beginMove(page)
  expect(fresh.secret).not.toBe(old.secret)
  await expect(page.getByText('Your old phone works until the new code is right.')).toBeVisible()

  browserLog.expectStatus(401)
  await giveNewCode(page, await old.next())
  await expect(page.getByLabel('Code', { exact: true }), 'a code of the old phone proves nothing').toHaveAttribute(
    'aria-invalid',
    'true',
  )
  await page.getByLabel('Phone name').fill('New phone')
  await giveNewCode(page, await fresh.next())
  await expect(page.getByRole('heading', { name: 'Your codes come from the new phone now' })).toBeFocused()
  await expect(page.getByText(`ImageMaster: ${person.username}`, { exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
  await expect(page.getByLabel('Phone name')).toHaveValue('New phone')

  await signOut(page)
  await signInAsFarAsVerification(page, person)
  await giveCode(page, await old.next())
  await expect(page.getByLabel('Verification code')).toHaveAttribute('aria-invalid', 'true')
  await giveCode(page, await fresh.next())
  await expectHome(page)
})

test('Cancel changes nothing, and a reload goes on with the same new key', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  const old = await addKey(page)
  const fresh = await beginMove(page)
  await page.reload()
  expect(Authenticator.fromURI(await readQR(page)).secret).toBe(fresh.secret)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()

  await signOut(page)
  await signInAsFarAsVerification(page, person)
  await giveCode(page, await old.next())
  await expectHome(page)
})

test('a move that is not confirmed begins nothing', async ({ page, newPerson, baseURL }) => {
  await signIn(page, await newPerson())
  await addKey(page)
  await page.goto('/two-factor')
  await page.getByRole('button', { name: 'Move to Different Phone' }).click()
  await expect(page.getByRole('heading', { name: 'Move to a different phone?' })).toBeFocused()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('code'), 'no key is shown yet').toHaveCount(0)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  const state = await page.context().request.get(`${baseURL}/api/two-factor`)
  expect(await state.json()).toMatchObject({ pending_expires_at: null })
})

test('a lost answer to the right code still names the entry to delete', async ({ page, newPerson, browserLog }) => {
  const person = await newPerson()
  await signIn(page, person)
  await addKey(page)
  const fresh = await beginMove(page)
  browserLog.allow(/ERR_FAILED/)
  await page.route('**/enrollment/confirm', async (route) => {
    await route.fetch()
    await route.abort()
  })
  await giveNewCode(page, await fresh.next())
  await expect(page.getByRole('heading', { name: 'Your codes come from the new phone now' })).toBeVisible()
  await expect(page.getByText(`ImageMaster: ${person.username}`, { exact: true })).toBeVisible()
})

test('a key that the server cannot read is replaced after a sign-in with a backup code', async ({
  page,
  startProduct,
}) => {
  const product = await startProduct()
  const person = await newPerson(product)
  await signIn(page, person, product.url)
  await addKey(page, Date.now, product.url)
  const [code] = await addCodes(page, product.url)
  await page.goto('about:blank') // while the server is away nothing may ask it
  await product.loseKeyFile()
  await page.goto(`${product.url}/two-factor`)
  await expect(page.getByRole('heading', { name: 'Your key cannot be used' })).toBeVisible()
  await expect(page.getByText('Move to Different Phone gives you a new one')).toBeVisible()
  await checkScreen(page)

  await signOut(page)
  await givePassword(page, person)
  await page.getByLabel('Verification code').fill(code)
  await page.getByRole('button', { name: 'Verify', exact: true }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByText('You need a new key before you can go on.')).toBeVisible()
  await page.getByRole('button', { name: 'Move to Different Phone' }).click()
  await expect(page.getByText('It takes the place of the present one, which cannot be used any more.')).toBeVisible()
  await page.getByRole('button', { name: 'Start the move' }).click()
  const fresh = Authenticator.fromURI(await readQR(page))
  await expect(page.getByText('This new key takes the place of the one that cannot be used.')).toBeVisible()
  await giveNewCode(page, await fresh.next())
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText('Enabled', { exact: true })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Your account is protected' }), 'the codes stay').toBeVisible()
})

test('accessibility of the question, the new key and the last page of a move', async ({ page, newPerson }) => {
  await signIn(page, await newPerson())
  await addKey(page)
  await page.goto('/two-factor')
  await page.getByRole('button', { name: 'Move to Different Phone' }).click()
  await expect(page.getByRole('button', { name: 'Start the move' })).toBeVisible()
  await checkScreen(page)
  const fresh = await beginMove(page)
  await checkScreen(page)
  await giveNewCode(page, await fresh.next())
  await expect(page.getByRole('heading', { name: 'Your codes come from the new phone now' })).toBeVisible()
  await checkScreen(page)
})

test.describe('more than five minutes after the sign-in', () => {
  test.use({ baseURL: async ({ movable }, use) => use(movable.url) })

  test('a move wants password and code again after five minutes, then goes on by itself', async ({
    page,
    movable,
    browserLog,
  }) => {
    const person = await newPerson(movable)
    await signIn(page, person)
    const authenticator = await addKey(page, movable.now)
    await movable.advance(6)
    await page.goto('/two-factor')
    await page.getByRole('button', { name: 'Move to Different Phone' }).click()
    const start = page.getByRole('button', { name: 'Start the move' })
    const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
    browserLog.expectStatus(403)
    await start.click()
    await expect(proof).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(proof).toBeHidden()
    await expect(start).toBeFocused()

    await start.click()
    await proof.getByLabel('Password', { exact: true }).fill(person.password)
    await proof.getByLabel('Verification code').fill(await authenticator.next())
    await proof.getByRole('button', { name: 'Confirm' }).click()
    const fresh = Authenticator.fromURI(await readQR(page), movable.now)
    await expect(start).toBeHidden()

    await giveNewCode(page, await fresh.next())
    await expect(page.getByRole('heading', { name: 'Your codes come from the new phone now' })).toBeVisible()
  })
})

// Security notices: the address they are mailed to, and how they are dismissed.
import { Api } from './kit/api'
import { checkScreen } from './kit/screen'
import { addCodes, addKey, expectHome, expectPage, givePassword, signIn, signOut } from './kit/steps'
import { expect, newPerson, test } from './kit/test'

test('an address counts once the code mailed to it was entered', async ({
  page,
  startProduct,
  mailbox,
  browserLog,
}) => {
  const product = await startProduct({ flags: mailbox.flags })
  const person = await newPerson(product)
  await signIn(page, person, product.url)
  await page.goto(`${product.url}/two-factor`)
  const address = page.getByLabel('Security notices go to')
  const save = page.getByRole('button', { name: 'Save', exact: true })
  const state = async () => (await page.context().request.get(`${product.url}/api/two-factor`)).json()
  await expect(address).toHaveAccessibleDescription(/It gets a message about every change/)
  await address.fill('ada@example.com')
  await save.click()
  await expect(page.getByText('A code was mailed to ada@example.com.')).toBeVisible()
  expect(await state()).toMatchObject({ notice_address: '', notice_address_pending: 'ada@example.com' })
  const field = page.getByLabel('Code from the mail')
  await checkScreen(page)

  await field.fill('1234')
  await page.getByRole('button', { name: 'Confirm address' }).click()
  await expect(field).toHaveAccessibleDescription(/enter all 8 letters and digits/)
  const first = await mailbox.code('ada@example.com')
  browserLog.expectStatus(401)
  await field.fill(first === '0000-0000' ? '1111-1111' : '0000-0000')
  await page.getByRole('button', { name: 'Confirm address' }).click()
  await expect(field).toHaveAccessibleDescription('That code is not right. Compare it with the mail.')

  await page.getByRole('button', { name: 'Send a new code' }).click()
  const second = await mailbox.code('ada@example.com', 2)
  await field.fill(second.toLowerCase())
  await page.getByRole('button', { name: 'Confirm address' }).click()
  await expect(page.getByText('The address is confirmed.')).toBeVisible()
  await expect(field).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 2, name: 'Security notices' })).toBeFocused()
  expect(await state()).toMatchObject({ notice_address: 'ada@example.com', notice_address_pending: '' })

  await address.fill('other@example.com')
  await save.click()
  await expect(page.getByText('Until then, notices go to ada@example.com.')).toBeVisible()
  await page.reload()
  await expect(address).toHaveValue('other@example.com')
  await address.fill('ada@example.com')
  await save.click()
  await expect(field, 'naming the present address drops the new one').toHaveCount(0)
  expect(await state()).toMatchObject({ notice_address: 'ada@example.com', notice_address_pending: '' })
})

test('notices are dismissed one by one or all at once; during a pause a code is asked for first', async ({
  page,
  newPerson,
  browserLog,
}) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  await addCodes(page)
  await page.getByRole('button', { name: 'Disable', exact: true }).click()
  await page.getByRole('button', { name: 'Disable for 1 hour' }).click()
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible()
  await signOut(page)
  await signIn(page, person)

  const notices = page.getByRole('region', { name: 'Security notices' })
  const dismiss = notices.getByRole('button', { name: 'Dismiss', exact: true })
  await expect(dismiss).toHaveCount(3)
  await expect(notices).toContainText('1 older notice follows.')
  await expect(notices.getByText(', 127.0.0.1, Chrome on Linux')).toHaveCount(3)
  await checkScreen(page)
  const title = await page.getByRole('heading', { level: 1 }).boundingBox()
  await page.setViewportSize({ width: 390, height: 844 })
  await expect(dismiss, 'on a phone one at a time').toHaveCount(1)
  await expect(notices).toContainText('3 older notices follow.')
  await page.setViewportSize({ width: 1440, height: 900 })
  await expect(dismiss).toHaveCount(3)
  expect(title?.y, 'the title comes first').toBeLessThan((await notices.boundingBox())?.y ?? 0)
  browserLog.expectStatus(403)
  await dismiss.first().click()
  const question = page.getByRole('dialog', { name: 'Confirm it is you' })
  await question.getByLabel('Verification code').fill(await authenticator.next())
  await question.getByRole('button', { name: 'Confirm' }).click()
  await expect(notices).not.toContainText('older')
  await expect(dismiss).toHaveCount(3)
  await expect(dismiss.first()).toBeFocused()

  await notices.getByRole('button', { name: 'Dismiss all' }).click()
  await expect(notices).toHaveCount(0)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await page.reload()
  await expectPage(page, /^Welcome/)
  await expect(notices).toHaveCount(0)
})

test('an operator resets the second factor and the password, which somebody else had', async ({
  page,
  newPerson,
  product,
}) => {
  const person = await newPerson()
  await signIn(page, person)
  const authenticator = await addKey(page)
  await signOut(page)
  const thief = await Api.at(product.url)
  await expect(thief.signIn(person, authenticator.wrong())).rejects.toThrow(/code_wrong/)

  const given = { ...person, password: 'given by the operator' }
  const said = await product.command(['user', 'reset-two-factor', person.username], `${given.password}\n`)
  expect(said).toContain(`Somebody without the second factor has had the password of ${person.username} lately.`)
  await page.goto('/sign-in')
  await givePassword(page, given)
  await expectPage(page, 'Password')

  const notices = page.getByRole('region', { name: 'Security notices' })
  await expect(page.getByLabel('Present password')).toBeVisible()
  await expect(notices, 'what is required comes first').toHaveCount(0)
  await expect(page.getByRole('navigation'), 'no heading without a link').toHaveText(/^\s*Account\s+Password\s*$/)
  await checkScreen(page)
  await page.getByLabel('Present password').fill(given.password)
  await page.getByLabel('New password').fill('chosen after the recovery')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expectHome(page)

  await expect(
    notices.getByText('The operator reset two-factor authentication and set a new password for your account.'),
  ).toHaveCount(1)
  await expect(notices.getByText('The operator')).toHaveCount(1)
  await expect(
    notices.getByText('If you did not expect this, ask the people who run this server.'),
    'an act of the operator is not blamed on a thief',
  ).toHaveCount(1)
  const alarm = notices.getByText('Someone knew your password but not your second factor.')
  await expect(notices.getByRole('strong').first(), 'the alarm stands first').toHaveText(await alarm.innerText())
  await notices.getByRole('button', { name: 'Dismiss', exact: true }).first().click()
  await expect(alarm).toHaveCount(0)
  await expect(notices.getByText('The operator')).toHaveCount(1)
})

// An invitation that the product mails: nobody but the invited person sees the link.
import { Api } from './kit/api'
import { Authenticator, readQR } from './kit/authenticator'
import { giveBoth, row, signInAsAdministrator } from './kit/people'
import { checkScreen } from './kit/screen'
import { expectPage, saveCodes, signOut } from './kit/steps'
import { createAdministrator, expect, test } from './kit/test'

const password = 'wet leaves over seven roofs'

test('an invitation is mailed, its link leads to saved codes, and the inviter is told', async ({
  page,
  startProduct,
  mailbox,
  openBrowser,
  browserLog,
}) => {
  const product = await startProduct({ flags: mailbox.flags })
  await createAdministrator(product)
  const inviter = await signInAsAdministrator(page, product)
  const api = await Api.in(page, product.url)
  await api.send('PUT', '/api/notice-address', { email: 'inviter@example.com', language: 'en' })
  await api.send('POST', '/api/notice-address/confirm', { code: await mailbox.code('inviter@example.com') })

  await page.goto(`${product.url}/people/new`)
  await page.getByLabel('User name').fill('mira.lang')
  await page.getByLabel('Full name').fill('Mira Lang')
  await page.getByLabel('E-mail').fill('mira@example.com')
  await page.getByRole('button', { name: 'Invite' }).click()
  const dialog = page.getByRole('dialog', { name: 'The invitation' })
  await expect(dialog).toContainText('The link was mailed to mira@example.com. Nobody else sees it.')
  await expect(page.getByText('/welcome#')).toHaveCount(0)
  await checkScreen(page)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expectPage(page, 'Mira Lang')

  const first = await mailbox.link('mira@example.com')
  expect(await mailbox.newest('mira@example.com')).toMatch(/Subject: .*Your account is ready/)
  await page.getByRole('button', { name: 'Renew invitation' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Renew invitation' }).click()
  await dialog.getByRole('button', { name: 'Done' }).click()
  const link = await mailbox.link('mira@example.com', 2)

  const their = await openBrowser(product.url)
  browserLog.expectStatus(401)
  await their.goto(first)
  await expectPage(their, 'This link has ended')
  await their.goto('about:blank')
  await their.goto(link)
  await expectPage(their, 'Welcome, Mira Lang')
  await their.getByLabel('New password').fill(password)
  await their.getByRole('button', { name: 'Continue' }).click()
  await expectPage(their, 'Two-Factor Authentication')
  const authenticator = Authenticator.fromURI(await readQR(their))
  await their.getByLabel('Code', { exact: true }).fill(await authenticator.next())
  await their.getByRole('button', { name: 'Verify and Save' }).click()
  await saveCodes(their)
  await expect(their.getByText('All set. Your account is protected, and your backup codes are saved.')).toBeVisible()
  await signOut(their)
  await giveBoth(their, { username: 'mira.lang', password }, () => authenticator.next())

  expect(await mailbox.newest('inviter@example.com', 2)).toMatch(/Subject: .*mira\.lang accepted your invitation/)
  await page.goto(`${product.url}/people`)
  await page.getByRole('searchbox').fill('mira')
  await expect(row(page, 'Mira Lang')).toContainText('10 codes')
  await signOut(page)
  await giveBoth(page, inviter.person, () => inviter.authenticator.next())
  const notices = page.getByRole('region', { name: 'Security notices' })
  await expect(notices.getByText('mira.lang accepted your invitation.')).toBeVisible()
})

// After a sign-out the session has ended on the server, and the browser keeps
// nothing of the person: no cookie, no page behind the Back button, no stored text.
import { addKey, expectHome, expectPage, open, scan, settingsPages, signIn, signOut } from './kit/steps'
import { expect, test } from './kit/test'

test('signing out ends the session on the server', async ({ page, newPerson, baseURL }) => {
  await signIn(page, await newPerson())
  const cookies = await page.context().cookies()
  await signOut(page)
  await page.goto('/two-factor')
  await expectPage(page, 'Sign in')

  await page.context().addCookies(cookies)
  const answer = await page.context().request.get(`${baseURL}/api/session`)
  expect(await answer.json()).toMatchObject({ state: 'anonymous', account: null })
})

test('Sign out is on every page, and Back shows nothing of what was there', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  const { secret } = await scan(page)
  await page.goto('/')
  await expectHome(page)
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible()
  for (const name of settingsPages) {
    await open(page, name)
    await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible()
  }
  await page.goto('/two-factor')
  await expect(page.getByRole('img', { name: /QR/ }), 'a reload goes on with the set-up').toBeVisible()
  await signOut(page)
  await page.goBack()
  await expectPage(page, 'Sign in')
  const shown = await page.evaluate(() => document.documentElement.outerHTML)
  expect(shown).not.toContain(person.username)
  expect(shown.replace(/<[^>]*>|\s/g, ''), 'in groups of four neither').not.toContain(secret)
})

test('the Back button shows nothing, from the back/forward cache or loaded again', async ({
  pageWithBackCache: page,
  newPerson,
}) => {
  const person = await newPerson()
  await signIn(page, person)
  await addKey(page)
  await page.goto('/sessions')
  await expectPage(page, 'Sessions')
  const before = (await page.context().cookies()).map(({ name }) => name)
  expect(before).toContain('im_session')

  await signOut(page)
  const after = (await page.context().cookies()).map(({ name }) => name)
  expect(after).toEqual(['im_device']) // knows the browser and opens nothing
  let pages = 0
  for (await page.goBack(); page.url() !== 'about:blank' && pages < 9; await page.goBack()) {
    await expectPage(page, 'Sign in')
    expect(await page.content()).not.toContain(person.username)
    pages++
  }
  expect(pages).toBeGreaterThan(0)
  await page.goto('/')
  const kept = await page.evaluate(async () => ({
    local: Object.values(localStorage).join(),
    session: Object.values(sessionStorage).join(),
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }))
  expect(kept).toMatchObject({ databases: 0, caches: 0, workers: 0 })
  expect(kept.local + kept.session).not.toContain(person.username)
})

test('another tab that is still open shows nothing once it is looked at', async ({ page, newPerson }) => {
  const person = await newPerson()
  await signIn(page, person)
  const other = await page.context().newPage()
  await other.goto('/sessions')
  await expectPage(other, 'Sessions')
  await signOut(page)
  await other.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expectPage(other, 'Sign in')
  expect(await other.content()).not.toContain(person.username)
})

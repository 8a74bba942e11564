// What helpers and administrators do on their pages.
import { expect, type Page } from '@playwright/test'
import { Api } from './api'
import type { Product } from './product'
import { addKey, expectPage, giveCode, givePassword, signIn } from './steps'
import { newPerson, type Person } from './test'

/** Makes an account with an authenticator, which is not signed in anywhere. */
export async function newPersonWithKey(product: Product, flags: string[] = []) {
  const person = await newPerson(product, undefined, flags)
  const api = await Api.at(product.url, product.way)
  await api.signIn(person)
  const authenticator = await api.addKey(product.now)
  await api.send('DELETE', '/api/session')
  return { person, authenticator }
}

/** Signs in an administrator with a second factor, whose factors are fresh. */
export async function signInAsAdministrator(page: Page, product: Product) {
  const person = await newPerson(product, undefined, ['--admin'])
  await signIn(page, person, product.url)
  const authenticator = await addKey(page, product.now, product.url)
  return { person, authenticator }
}

/** Gives the password and the code on the pages, from Sign in to Home. */
export async function giveBoth(page: Page, person: Person, code: () => Promise<string>) {
  await givePassword(page, person)
  await expectPage(page, 'Verification')
  await giveCode(page, await code())
  await expectPage(page, /^Welcome/)
}

export const row = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(name) })

/** Searches, and opens the page of the one person who is found. */
export async function openPerson(page: Page, name: string) {
  await page.goto(new URL('/people', page.url()).href)
  await page.getByRole('searchbox', { name: 'Search people' }).fill(name)
  await expect(page.getByRole('row')).toHaveCount(2)
  await row(page, name).getByRole('link').click()
  await expectPage(page, new RegExp(name))
}

/** Confirms with the password and a code, where a dialog asks for both. */
export async function confirmBoth(page: Page, person: Person, code: string) {
  const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
  await proof.getByLabel('Password', { exact: true }).fill(person.password)
  await proof.getByLabel(/code/i).fill(code)
  await proof.getByRole('button', { name: 'Confirm' }).click()
}

/** Gives a help code on the page of a person, and returns it. The dialog stays open. */
export async function giveHelpCode(page: Page) {
  await page.getByRole('button', { name: 'Give help code' }).click()
  const dialog = page.getByRole('dialog', { name: 'Help code' })
  await dialog.getByLabel(/^Reason/).fill('The phone is in the river. I called back.')
  await dialog.getByRole('button', { name: 'Give help code' }).click()
  return shownHelpCode(page)
}

export async function shownHelpCode(page: Page) {
  const given = page.getByRole('dialog', { name: 'The help code' })
  return (await given.getByText(/^HELP(-[0-9A-Z]{4}){4}$/).textContent()) ?? ''
}

/** The one-time link that the open dialog shows. */
export async function shownLink(page: Page) {
  return (
    (await page
      .getByRole('dialog')
      .getByText(/\/welcome#[\w-]{43}$/)
      .textContent()) ?? ''
  )
}

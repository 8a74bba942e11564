// What a person, and the scripts of a page, do at an application behind the gate.
import type { BrowserContext, Page } from '@playwright/test'
import type { Authenticator } from './authenticator'
import { type Site, signInURL } from './gate'
import { expectPage, giveCode, givePassword } from './steps'
import { expect, type Person } from './test'

/** A page deep in an application, with a query. */
export const deep = '/report/7?x=1&y=%2F+z'

interface Proof {
  person: Person
  authenticator: Authenticator
}

/** Gives what Sign in and Verification ask for. */
export async function giveBoth(page: Page, { person, authenticator }: Proof) {
  await expectPage(page, 'Sign in')
  await givePassword(page, person)
  await expectPage(page, 'Verification')
  await giveCode(page, await authenticator.next())
}

/** The browser shows this page of an application. */
export async function expectAt(page: Page, { origin }: Site, path: string) {
  await expect(page).toHaveURL(origin + path)
  await expectPage(page, 'An application')
}

/** Opens an application for a person whose password is enough. */
export async function openWith(page: Page, person: Person, site: Site, path = '/') {
  await page.goto(site.origin + path)
  await expectPage(page, 'Sign in')
  await givePassword(page, person)
  await expect(page).toHaveURL(site.origin + path)
}

/** What a script of the present page gets from its application. */
export const fetched = (page: Page, path = '/data', init?: RequestInit) =>
  page.evaluate(
    async ([path, init]) => {
      const answer = await fetch(path as string, init as RequestInit)
      const { status, redirected, url } = answer
      return { status, redirected, path: new URL(url).pathname, ...(await answer.json()) }
    },
    [path, init],
  )

/** What a WebSocket of the present page hears. */
export const talked = (page: Page, url: string) =>
  page.evaluate(
    (url) =>
      new Promise<string>((done) => {
        const socket = new WebSocket(url)
        socket.onopen = () => socket.send('is anybody there?')
        socket.onmessage = ({ data }) => done(`heard ${data}`)
        socket.onerror = () => done('refused')
      }),
    url,
  )

export const socketOf = ({ host }: Site) => `wss://${host}/socket`

/** Nothing that reached an application holds a token of the sign-in. */
export async function expectNoSecrets(context: BrowserContext, tickets: string[], ...sites: Site[]) {
  const ours = (await context.cookies()).filter(({ name }) => /im_/.test(name))
  expect(ours.length).toBeGreaterThan(sites.length)
  expect(tickets).toHaveLength(sites.length)
  for (const { web } of sites) {
    expect(web.arrived.length).toBeGreaterThan(0)
    const all = JSON.stringify(web.arrived)
    for (const secret of [...tickets, ...ours.map(({ value }) => value), '__Host-', '.imagemaster', signInURL]) {
      expect(all).not.toContain(secret)
    }
  }
}

/** The tickets that a browser is given from now on. */
export function ticketsOf(context: BrowserContext) {
  const tickets: string[] = []
  context.on('request', (request) => {
    const ticket = new URL(request.url()).searchParams.get('ticket')
    if (ticket) tickets.push(ticket)
  })
  return tickets
}

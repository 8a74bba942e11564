// The JSON API, called as the pages call it: to prepare what a test needs but
// does not test, and to act from another browser.
import { type APIRequestContext, type Page, request } from '@playwright/test'
import { Authenticator } from './authenticator'
import type { Way } from './product'

export interface Person {
  username: string
  password: string
}

export class Api {
  private readonly request: APIRequestContext
  private readonly url: string
  private origin = ''
  private csrf = ''

  private constructor(request: APIRequestContext, url: string) {
    this.request = request
    this.url = url
  }

  /** Acts in the browser of a page, with its cookies. */
  static async in(page: Page, url = '') {
    const api = new Api(page.request, url)
    await api.learn()
    return api
  }

  /** Another browser, without cookies. */
  static async at(url: string, way?: Way) {
    const api = new Api(await request.newContext({ userAgent: 'another browser', ...way }), url)
    await api.learn()
    return api
  }

  /** A thief's browser: it has a copy of the cookies of a page. */
  static async withCookiesOf(page: Page, url: string) {
    const storageState = await page.context().storageState()
    const api = new Api(await request.newContext({ storageState, userAgent: 'another browser' }), url)
    await api.learn()
    return api
  }

  /** Signs in with the password, and with a code where the account asks for one. */
  async signIn({ username, password }: Person, code?: string) {
    const { next } = await this.send('POST', '/api/sign-in', { username, password })
    if (code) await this.send('POST', '/api/sign-in/verify', { code })
    await this.learn()
    return next as string
  }

  /** Sets up an authenticator for the account, which has none. */
  async addKey(now = Date.now) {
    const { uri } = await this.send('POST', '/api/two-factor/enrollment', {})
    const authenticator = Authenticator.fromURI(uri, now)
    await this.send('POST', '/api/two-factor/enrollment/confirm', { code: await authenticator.next() })
    await this.learn()
    return authenticator
  }

  async state() {
    const { state } = await this.learn()
    return state as string
  }

  async send(method: string, path: string, body?: object) {
    const answer = await this.ask(method, path, body)
    const text = await answer.text()
    if (!answer.ok()) throw new Error(`${method} ${path} was answered with ${answer.status()}: ${text}`)
    return text === '' ? {} : JSON.parse(text)
  }

  /** Asks again as long as the server says that it is busy and when to come back. */
  private async ask(method: string, path: string, body?: object) {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.request.fetch(this.url + path, {
        method,
        headers: {
          Origin: this.origin,
          'X-Requested-With': 'imagemaster',
          ...(this.csrf ? { 'X-CSRF-Token': this.csrf } : {}),
        },
        ...(body ? { data: body } : {}),
      })
      const pause = Number(answer.headers()['retry-after'])
      if (answer.status() !== 503 || !pause || attempt === 10) return answer
      await new Promise((again) => setTimeout(again, pause * 1000))
    }
  }

  /** Asks for the session, whose token every change has to carry. */
  private async learn() {
    const answer = await this.request.get(`${this.url}/api/session`)
    const session = await answer.json()
    this.origin = new URL(answer.url()).origin
    this.csrf = session.csrf ?? ''
    return session
  }
}

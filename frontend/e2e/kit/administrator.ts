// An administrator with a second factor, who acts through the API: gives links to
// new people, and to people who have forgotten their password.
import { randomBytes } from 'node:crypto'
import { Api, type Person } from './api'
import type { Authenticator } from './authenticator'
import type { Product } from './product'

/** How long a password and a code count for changes, with a margin for a busy machine. */
const fresh = 4 * 60_000

export interface Invited {
  id: number
  username: string
  /** The whole address, whose fragment is the one-time token. */
  link: string
}

/** Who may open what of an application, as the API takes it. */
export interface Rule {
  path?: string
  methods?: 'reading' | 'all'
  who?: 'everybody' | 'groups' | 'public'
  groups?: string[]
  factor?: 'none' | 'password' | 'two'
  max_age_minutes?: number
}

export interface Application {
  name: string
  /** Scheme and host. */
  origin: string
}

export class Administrator {
  readonly person: Person
  private readonly api: Api
  private readonly product: Product
  private readonly authenticator: Authenticator
  private steppedUp: number

  private constructor(person: Person, api: Api, product: Product, authenticator: Authenticator) {
    this.person = person
    this.api = api
    this.product = product
    this.authenticator = authenticator
    this.steppedUp = product.now()
  }

  /** Signs in an administrator without a key, and sets one up. */
  static async of(product: Product, person: Person) {
    const api = await Api.at(product.url, product.way)
    await api.signIn(person)
    const authenticator = await api.addKey(product.now)
    return new Administrator(person, api, product, authenticator)
  }

  /** Makes an account without a password, and its link. */
  async invite(details: { username?: string; display_name?: string; email?: string; groups?: string[] } = {}) {
    const username = details.username ?? `invited-${randomBytes(5).toString('hex')}`
    const rest = { display_name: '', email: '', groups: [], hours: 168, language: 'en', ...details }
    const { id, link } = await this.change('POST', '/api/people', { ...rest, username })
    return { id, username, link: link.url } as Invited
  }

  /** Gives an invited person another link, which ends the first. */
  async inviteAgain({ id }: Invited) {
    const { url } = await this.change('POST', `/api/people/${id}/invitation`, { hours: 168, language: 'en' })
    return url as string
  }

  /** Gives a link that sets another password. */
  async passwordLink(username: string) {
    const id = await this.idOf(username)
    const { url } = await this.change('POST', `/api/people/${id}/password-link`, { language: 'en' })
    return url as string
  }

  /** Gives a code with which, and with the password, a new phone can be set up. */
  async helpCode(username: string, minutes = 15) {
    const reason = 'Lost the phone; called back.'
    const { code } = await this.change('POST', `/api/people/${await this.idOf(username)}/help-code`, {
      reason,
      minutes,
    })
    return code as string
  }

  /** Makes a policy, and returns its id. */
  async addPolicy(policy: {
    audience?: 'everybody' | 'groups' | 'staff'
    minimum?: 'any' | 'resistant'
    groups?: string[]
    starts_at?: string
    grace_days?: number
  }) {
    const rest = {
      audience: 'everybody',
      minimum: 'any',
      groups: [],
      starts_at: new Date(this.product.now()).toISOString(),
      grace_days: 7,
    }
    const { id } = await this.change('POST', '/api/policies', { ...rest, ...policy })
    return id as number
  }

  async changePolicy(id: number, grace_days: number) {
    const { policies } = await this.api.send('GET', '/api/policies')
    const { audience, minimum, groups, starts_at } = policies.find((policy: { id: number }) => policy.id === id)
    await this.change('PUT', `/api/policies/${id}`, { audience, minimum, groups, starts_at, grace_days })
  }

  /** Gives an exception for some days from now. */
  async giveException(username: string, days: number) {
    const ends_at = new Date(this.product.now() + days * 86_400_000).toISOString()
    await this.change('PUT', `/api/people/${await this.idOf(username)}/exception`, { reason: 'On a ship', ends_at })
  }

  async setEmail(username: string, email: string) {
    await this.change('PUT', `/api/people/${await this.idOf(username)}/email`, { email })
  }

  async setRole(username: string, role: 'person' | 'helper' | 'administrator') {
    await this.change('PUT', `/api/people/${await this.idOf(username)}/role`, { role })
  }

  /** Makes groups with these people. */
  async makeGroups(names: string[], usernames: string[]) {
    for (const name of names) {
      const { id } = await this.change('POST', '/api/groups', { name, description: '' })
      if (usernames.length > 0) await this.change('POST', `/api/groups/${id}/members`, { usernames })
    }
  }

  /** Makes an application at an address of its own, with one rule for all its pages. */
  async addApplication(rule: Rule = {}): Promise<Application> {
    const word = randomBytes(5).toString('hex')
    const name = `Zq-${word}`
    const origin = `https://zq-${word}.example`
    const rest = { who: 'everybody', groups: [], factor: 'password', max_age_minutes: 0, origins: [] }
    const rules = [{ path: '/', methods: 'all', ...rest, ...rule }]
    await this.storeApplication({ name, addresses: [origin], rules })
    return { name, origin }
  }

  /** Stores an application, and returns its id. */
  async storeApplication(application: { name: string; addresses: string[]; rules: object[] }) {
    const { id } = await this.change('POST', '/api/applications', { ...application, revision: 0 })
    return id as number
  }

  /** Replaces the rules of an application. */
  async changeRules(id: number, rules: object[]) {
    const { name, addresses, revision } = await this.api.send('GET', `/api/applications/${id}`)
    await this.change('PUT', `/api/applications/${id}`, { name, addresses, rules, revision })
  }

  /** The finished settings of nginx for an application, as its page shows them. */
  async nginxSettings(id: number) {
    const { nginx } = await this.api.send('GET', `/api/applications/${id}/proxy`)
    return nginx as string
  }

  async setGroups(username: string, groups: string[]) {
    await this.change('PUT', `/api/people/${await this.idOf(username)}/groups`, { groups })
  }

  async disable(username: string) {
    await this.change('POST', `/api/people/${await this.idOf(username)}/disable`, {})
  }

  private async idOf(username: string) {
    const { people } = await this.api.send('GET', `/api/people?search=${encodeURIComponent(username)}`)
    return people.find((person: Person) => person.username === username).id as number
  }

  private async change(method: string, path: string, body: object) {
    if (this.product.now() - this.steppedUp > fresh) {
      await this.api.send('POST', '/api/session/step-up', {
        password: this.person.password,
        code: await this.authenticator.next(),
      })
      this.steppedUp = this.product.now()
    }
    return this.api.send(method, path, body)
  }
}

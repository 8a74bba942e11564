import * as api from './api'
import { clock } from './clock.svelte'
import { i18n } from './i18n.svelte'
import { theme } from './theme.svelte'

/**
 * Who is signed in, as the server last said.
 *
 * The page asks the server once before it shows anything of its own, then again after each
 * change, when the window gets the focus, and when an answer does not fit this
 * copy. An answer of 401 alone never signs anybody out here.
 */
class SessionStore {
  current = $state.raw<api.Session | null>(null)
  /** True while there is no page to show: the first request has no answer, or a file of the page is missing. */
  unreachable = $state(false)
  /** What has ended although the person did not end it, until the next sign-in. */
  ended = $state<'pending' | 'signed_in' | null>(null)
  /** How many backup codes are left after a sign-in with one, until the person goes on. */
  backupCodesLeft = $state<number | null>(null)

  /** True from a sign-in until the person has seen that a second factor has to be set up soon. */
  reminding = $state(false)

  #asked = 0

  /** Asks the server. Requests in the background do not count as activity. */
  async load({ background = false } = {}): Promise<boolean> {
    const turn = ++this.#asked
    // Before the first answer the page Unreachable waits, since there is no other page yet.
    const ask = () => api.getSession({ background, patient: this.current !== null && !background })
    try {
      let session = await ask()
      // If the session's token has changed meanwhile, the old one belongs to nobody.
      if (session.state === 'anonymous' && this.current?.state === 'signed_in') session = await ask()
      // If a later request has been sent meanwhile, its answer is the newer one.
      if (turn === this.#asked) await this.#take(session)
      this.unreachable = false
      return true
    } catch {
      if (!this.current) this.unreachable = true
      return false
    }
  }

  /** Asks the server after a change that depends on the answer. */
  async renew() {
    if (!(await this.load())) throw new api.ApiError({ code: 'network' })
  }

  /** Asks the server whether a change that got no answer was made; undefined = still unknown. */
  async settle(arrived: (session: api.Session) => boolean): Promise<boolean | undefined> {
    if (!(await this.load()) || !this.current) return undefined
    return arrived(this.current)
  }

  /** Stores a language or theme that was chosen beside the profile, so that both say the same. */
  async keep(choice: api.ProfileChange) {
    if (this.current?.state !== 'signed_in') return
    try {
      await api.changeProfile(choice)
      await this.load()
    } catch {
      // Then the choice lasts until the page is closed.
    }
  }

  async #take(session: api.Session) {
    const before = this.current
    if (before?.account && session.account && before.account.id !== session.account.id) {
      // Another tab has signed in as somebody else. The page must forget everything.
      location.reload()
      return
    }
    clock.set(session.server_time)
    api.useCsrf(session.csrf)
    this.#noteEnd(before, session)
    await this.#followProfile(before?.account ?? null, session.account)
    this.#remind(before, session)
    this.current = session
  }

  /** After a sign-in, not after a reload. An account whose second factor is paused has the banner of the pause. */
  #remind(before: api.Session | null, now: api.Session) {
    const owes = now.next === 'done' && !now.two_factor?.paused && now.obligation !== null
    if (now.state !== 'signed_in' || !owes) this.reminding = false
    else if (before && before.state !== 'signed_in') this.reminding = true
  }

  #noteEnd(before: api.Session | null, now: api.Session) {
    if (now.state !== 'anonymous') this.ended = null
    else if (before && before.state !== 'anonymous') this.ended = before.state
  }

  async #followProfile(before: api.Account | null, now: api.Account | null) {
    if (now && now.theme !== before?.theme) theme.followProfile(now.theme)
    if (now && now.language !== before?.language) await i18n.followProfile(now.language)
  }
}

export const session = new SessionStore()

api.onStateChanged(() => void session.load({ background: true }))

import { i18n } from '../lib/i18n.svelte'
import { session } from '../lib/session.svelte'
import { laterTexts } from '../lib/texts'

type Parts = typeof import('./failure')

/** What to show when something in the page fails. It is loaded then, since most people never see it. */
class Fault {
  #parts = $state.raw<Parts | null>(null)
  #told = $state(false)

  /** Takes the place of a page that cannot be shown. */
  get Broken() {
    return this.#parts?.Broken
  }

  /** Says above the page that something on it did not work; what was asked for may not have happened. */
  get Note() {
    return this.#told ? this.#parts?.FaultNote : undefined
  }

  /** Notices an error that nothing else has caught. Those of the browser's extensions do not count. */
  notice = (event: Event) => {
    if (session.unreachable) return // which says what happened
    const { error = undefined, reason = error } = event as Partial<ErrorEvent & PromiseRejectionEvent>
    if (reason instanceof Error && reason.stack?.includes(location.origin)) void this.#load(true)
  }

  /** Notices that a page cannot be shown. */
  replace = (error: unknown) => {
    console.error(error)
    void this.#load(false)
  }

  /** Notices an error of a part that is left out of the page. */
  leaveOut = (error: unknown) => {
    console.error(error)
    void this.#load(true)
  }

  async #load(tell: boolean) {
    await i18n.enter([laterTexts])
    this.#parts = await import('./failure')
    this.#told ||= tell
  }
}

export const fault = new Fault()

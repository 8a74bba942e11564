import type { KeyKind, Way } from './api'
import { CodeEntry } from './code-entry.svelte'
import { Cancelled } from './form.svelte'
import { isKey, usableWays, type WayName } from './ways'
import { keysSupported, useKey } from './webauthn'

/** What a form asks for as the second factor: a code, or a key by the browser's own dialog. */
export class FactorEntry {
  /** What the account has and this browser can use. The way that was used last comes first. */
  readonly ways: WayName[]
  /** The way that the form shows; undefined = the account has none that works here. */
  way = $state.raw<WayName>()
  readonly code = new CodeEntry()
  #running: AbortController | undefined

  constructor(ways: Way[]) {
    this.ways = usableWays(ways)
    this.choose(this.ways[0])
  }

  /** The kind of key that the form asks for; undefined = it asks for a code. */
  get key(): KeyKind | undefined {
    return isKey(this.way) ? this.way : undefined
  }

  /** True if there are only keys, and this browser cannot use them. */
  get unsupported(): boolean {
    return this.key !== undefined && !keysSupported()
  }

  choose(way: WayName | undefined) {
    this.stop()
    this.way = way
    if (way === undefined || isKey(way)) return
    this.code.value = ''
    this.code.ask(way, !this.ways.includes('totp'))
  }

  /** Opens the browser's dialog and sends what the key has answered. Throws Cancelled if it was stopped. */
  async useKey<T>(
    ask: (kind: KeyKind) => Promise<{ options: string }>,
    send: (answer: string) => Promise<T>,
  ): Promise<T> {
    const kind = this.key
    if (!kind) throw new Cancelled()
    const running = new AbortController()
    this.#running = running
    try {
      const { options } = await ask(kind)
      return await send(await useKey(options, running.signal))
    } catch (error) {
      running.signal.throwIfAborted()
      throw error
    }
  }

  /** Closes the browser's dialog. */
  stop() {
    this.#running?.abort(new Cancelled())
  }
}

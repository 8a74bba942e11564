/** What a person can ask for on one page and the page Two-Factor Authentication carries out. */
export type Wish = 'move' | 'generate' | 'check' | 'codes'

/**
 * A wish that waits for the page it is meant for, which takes it once:
 * `$effect(() => { if (intent.take('move')) void askMove() })`.
 *
 * It is held in memory only: an address that starts something sensitive could
 * be put before a person by anybody.
 */
class Intent {
  #wish = $state<Wish | null>(null)

  want(wish: Wish) {
    this.#wish = wish
  }

  /** True once, if this is what was asked for. */
  take(wish: Wish): boolean {
    if (this.#wish !== wish) return false
    this.#wish = null
    return true
  }

  /** Forgets what was asked for: the page it was meant for is left. */
  drop() {
    this.#wish = null
  }
}

export const intent = new Intent()

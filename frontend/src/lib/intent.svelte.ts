/** An action that a person can start on another page, and that the page Two-Factor Authentication carries out. */
export type Action = 'set_up' | 'move' | 'generate' | 'check' | 'codes'

/**
 * Holds the action until that page opens and takes it:
 * `$effect(() => { if (intent.take('move')) void askMove() })`.
 *
 * It is held in memory only. If an address could start a sensitive action, anybody
 * could send such a link.
 */
class Intent {
  #action = $state<Action | null>(null)

  ask(action: Action) {
    this.#action = action
  }

  /** Returns true once, if this action was asked for. */
  take(action: Action): boolean {
    if (this.#action !== action) return false
    this.#action = null
    return true
  }

  /** Forgets the action when that page is left. */
  drop() {
    this.#action = null
  }
}

export const intent = new Intent()

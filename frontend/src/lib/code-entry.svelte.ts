import { ApiError } from './api'
import { clock } from './clock.svelte'
import { type CodeKind, codeMistake, eitherCodeMistake, kindOf, savedCodeMistake } from './code'
import { waitUntil } from './problems'

/** Adds the kind of code to a failure. */
export async function ofKind<T>(kind: CodeKind | 'help', action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw error instanceof ApiError ? new ApiError({ ...error.problem, kind }) : error
  }
}

/** A field for codes, usually of both kinds: its value, and how long each kind has to wait. */
export class CodeEntry {
  value = $state('')
  /** The kind that the field shows. Both kinds are accepted anyway. */
  kind = $state<CodeKind>('totp')
  /** True if codes of the other kind are not accepted. */
  only = $state(false)
  #waits = $state<Record<CodeKind, number | null>>({ totp: null, backup: null })

  /** When the next try of the present kind is possible, in milliseconds since 1970; null = now. */
  get until(): number | null {
    return this.#waits[this.kind]
  }

  check = (input: HTMLInputElement) => {
    if (this.only) return this.kind === 'totp' ? codeMistake(input) : savedCodeMistake(input)
    return eitherCodeMistake(input, this.kind)
  }

  /** Shows the field for a kind of code. */
  ask(kind: CodeKind, only = false) {
    this.kind = kind
    this.only = only
  }

  toggle() {
    this.kind = this.kind === 'totp' ? 'backup' : 'totp'
  }

  /** Sends the code. A failure carries its kind, because a wait is for that kind only. */
  async send<T>(action: (code: string) => Promise<T>): Promise<T> {
    const kind = kindOf(this.value)
    try {
      return await ofKind(kind, () => action(this.value))
    } catch (error) {
      this.kind = kind
      if (error instanceof ApiError) this.#waits[kind] = waitUntil(error.problem, clock.peek()) ?? this.#waits[kind]
      throw error
    }
  }
}

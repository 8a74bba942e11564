import { ApiError } from './api'
import { clock } from './clock.svelte'
import { type CodeKind, eitherCodeMistake, kindOf } from './code'
import { waitUntil } from './problems'

/** Lets a failure say which kind of code it was about. */
export async function ofKind<T>(kind: CodeKind, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw error instanceof ApiError ? new ApiError({ ...error.problem, kind }) : error
  }
}

/** One field that takes both kinds of code: what is typed, and how long each kind has to wait. */
export class CodeEntry {
  value = $state('')
  /** The kind the field is made for at the moment. Either is taken all the same. */
  kind = $state<CodeKind>('totp')
  #waits = $state<Record<CodeKind, number | null>>({ totp: null, backup: null })

  /** When the next try of the present kind is possible, in milliseconds since 1970; null = now. */
  get until(): number | null {
    return this.#waits[this.kind]
  }

  check = (input: HTMLInputElement) => eitherCodeMistake(input, this.kind)

  toggle() {
    this.kind = this.kind === 'totp' ? 'backup' : 'totp'
  }

  /** Sends the code. A failure says of which kind it was, since a wait holds back that kind only. */
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

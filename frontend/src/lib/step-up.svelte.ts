import { ApiError, type Factor } from './api'
import { Cancelled } from './form.svelte'

/** Asks for the password or a code before a sensitive change. */
class StepUp {
  /** What the dialog asks for; null while it is closed. */
  need = $state.raw<Factor[] | null>(null)
  #answer: { given: () => void; cancelled: (reason: Cancelled) => void } | undefined

  /** Runs an action. If the server asks for a step-up first, asks the person and then runs the action again. */
  async around<T>(action: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await action()
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'step_up_owed') throw error
        await this.#ask(error.problem.need ?? ['password'])
      }
    }
  }

  /** The server has accepted what was asked for. */
  given() {
    this.need = null
    this.#answer?.given()
  }

  cancel() {
    this.need = null
    this.#answer?.cancelled(new Cancelled())
  }

  #ask(need: Factor[]): Promise<void> {
    this.need = need
    return new Promise((given, cancelled) => {
      this.#answer = { given, cancelled }
    })
  }
}

export const stepUp = new StepUp()

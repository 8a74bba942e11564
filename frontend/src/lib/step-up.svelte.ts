import { ApiError, type Factor } from './api'
import { Cancelled } from './form.svelte'

/** The question for factors that are owed before something sensitive. */
class StepUp {
  /** What is owed; null while nothing is asked. */
  need = $state.raw<Factor[] | null>(null)
  #answer: { given: () => void; cancelled: (reason: Cancelled) => void } | undefined

  /** Runs an action; where factors are owed, asks for them and then runs it again. */
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

  /** All that was owed has been given. */
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

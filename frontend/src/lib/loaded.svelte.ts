import { ApiError } from './api'
import { sentence } from './problems'

/** Data that a page reads from the server when it opens and after each change. */
export class Loaded<T> {
  value = $state.raw<T | null>(null)
  problem = $state('')
  #read: () => Promise<T>

  constructor(read: () => Promise<T>) {
    this.#read = read
    void this.load()
  }

  /** True if the server has answered. */
  async load(): Promise<boolean> {
    try {
      this.value = await this.#read()
      this.problem = ''
      return true
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.problem = sentence(error.problem)
      return false
    }
  }
}

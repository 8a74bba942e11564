import { tick } from 'svelte'
import { ApiError } from './api'
import { fieldSentence, sentence } from './problems'
import { title } from './title.svelte'

/** Thrown by an action when a person turns away from it: nothing to report. */
export class Cancelled extends Error {}

/** Says in words what the browser or we find wrong with an input. */
type Check = (input: HTMLInputElement) => string | undefined

interface Options<Name extends string> {
  /** Per field; they run on submit, then while typing. */
  checks: Partial<Record<Name, Check>>
  /** Codes which belong to a field and not above the form. */
  fieldOf?: (code: string) => Name | undefined
  /** Reads the state again when nobody knows whether a change arrived; undefined = still unknown. */
  arrived?: () => Promise<boolean | undefined>
}

/** One form: its errors, where they are shown, and where the focus goes. */
export class Form<Name extends string> {
  errors = $state<Partial<Record<Name, string>>>({})
  /** What went wrong with the form as a whole. */
  problem = $state('')
  busy = $state(false)
  /** The last failure, for what a page shows beyond a sentence. */
  failure = $state.raw<ApiError | null>(null)
  #options: Options<Name>
  #element: HTMLFormElement | undefined
  #tried = false

  constructor(options: Options<Name>) {
    this.#options = options
  }

  /** Connects the form element: `<form {@attach form.attach} novalidate>`. */
  attach = (element: HTMLFormElement) => {
    this.#element = element
    const revise = (event: Event) => this.#revise(event.target)
    element.addEventListener('input', revise)
    return () => {
      element.removeEventListener('input', revise)
      // A dialog that is closed takes its error with it.
      if (this.#failed) title.error = false
    }
  }

  /** Checks the fields and runs the action; true when it has worked. */
  async submit(event: SubmitEvent, action: () => Promise<unknown>): Promise<boolean> {
    event.preventDefault()
    if (this.busy) return false
    this.#tried = true
    this.clear()
    if (!this.#check()) {
      await this.#showErrors()
      return false
    }
    this.busy = true
    try {
      await action()
      this.#tried = false
      return true
    } catch (error) {
      return await this.fail(error)
    } finally {
      this.busy = false
    }
  }

  /** Shows a failure; true when the change turns out to have worked. */
  async fail(error: unknown): Promise<boolean> {
    if (error instanceof Cancelled) return false
    if (!(error instanceof ApiError)) throw error
    const failure = await this.#settle(error)
    if (!failure) return true
    this.failure = failure
    this.#place(failure)
    await this.#showErrors()
    return false
  }

  clear() {
    this.errors = {}
    this.problem = ''
    this.failure = null
    title.error = false
  }

  /** What a failure turns out to be after reading the state again; null = the change did work. */
  async #settle(error: ApiError): Promise<ApiError | null> {
    if (!error.unknownOutcome || !this.#options.arrived) return error
    const arrived = await this.#options.arrived()
    if (arrived === undefined) return error
    return arrived ? null : new ApiError({ code: 'not_arrived' })
  }

  #place(error: ApiError) {
    const field = this.#options.fieldOf?.(error.code)
    if (field) {
      this.errors[field] = sentence(error.problem)
      return
    }
    for (const { pointer, reason } of error.problem.errors ?? []) {
      const name = pointer.replace(/^#?\//, '') as Name
      if (name in this.#options.checks) this.errors[name] = fieldSentence(name, reason)
    }
    if (Object.keys(this.errors).length === 0) this.problem = sentence(error.problem)
  }

  #check(): boolean {
    const names = Object.keys(this.#options.checks) as Name[]
    for (const name of names) this.#checkField(name)
    return Object.keys(this.errors).length === 0
  }

  #checkField(name: Name) {
    const input = this.#input(name)
    const message = input && this.#options.checks[name]?.(input)
    if (message) this.errors[name] = message
    else delete this.errors[name]
  }

  #revise(target: EventTarget | null) {
    if (!this.#tried || !(target instanceof HTMLInputElement)) return
    const name = target.name as Name
    if (name in this.#options.checks) this.#checkField(name)
    title.error = this.#failed
  }

  get #failed(): boolean {
    return this.problem !== '' || Object.keys(this.errors).length > 0
  }

  /** The focus goes to the first field with an error, else to the box above the form. */
  async #showErrors() {
    title.error = true
    await tick()
    const invalid = this.#element?.querySelector<HTMLElement>('[aria-invalid="true"]')
    const box = this.#element?.querySelector<HTMLElement>('[role="alert"]')
    const place = invalid ?? box
    place?.focus()
    if (place instanceof HTMLInputElement) place.select()
  }

  #input(name: Name): HTMLInputElement | undefined {
    const control = this.#element?.elements.namedItem(name)
    return control instanceof HTMLInputElement ? control : undefined
  }
}

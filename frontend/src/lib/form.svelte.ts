import { tick } from 'svelte'
import { ApiError, type Code } from './api'
import { fieldSentence, sentence } from './problems'
import { title } from './title.svelte'

/** An action throws it when the person cancels. There is nothing to report. */
export class Cancelled extends Error {}

/** Says what is wrong with an input. */
type Check = (input: HTMLInputElement) => string | undefined

interface Options<Name extends string> {
  /** They run on submit, and from then on while typing. */
  checks: Partial<Record<Name, Check>>
  /** For password fields that are not called Password. */
  labels?: Partial<Record<Name, () => string>>
  /** Says what is wrong with a field that only one area has, from the server's word. */
  reason?: (field: string, word: string) => string | undefined
  /** Returns the field that shows the failure. Other failures are shown above the form. */
  fieldOf?: (code: Code) => Name | undefined
  /** Asks the server whether a change that got no answer was made; undefined = still unknown. */
  arrived?: () => Promise<boolean | undefined>
}

/**
 * Reads the fields of a form that is sent, before anything else does. Some password
 * managers fill in a field without an event, and the page would send its old value.
 */
function readFields(event: Event) {
  for (const control of (event.currentTarget as HTMLFormElement).elements) {
    const typed = control instanceof HTMLInputElement && !['checkbox', 'radio'].includes(control.type)
    if (typed) control.dispatchEvent(new Event('input', { bubbles: true }))
  }
}

/** One form: its errors, where they are shown, and where the focus goes. */
export class Form<Name extends string> {
  errors = $state<Partial<Record<Name, string>>>({})
  /** What is wrong with the form as a whole. */
  problem = $state('')
  busy = $state(false)
  /** The last failure, for pages that show more than its sentence. */
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
    element.addEventListener('submit', readFields, { capture: true })
    return () => {
      element.removeEventListener('input', revise)
      element.removeEventListener('submit', readFields, { capture: true })
      // The error disappears with its form.
      if (this.#failed) title.error = false
    }
  }

  /** Checks the fields and runs the action; true if it succeeded. */
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

  /** Shows a failure; true if the change was made after all. */
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

  /** If the outcome is unknown, asks the server; null = the change was made. */
  async #settle(error: ApiError): Promise<ApiError | null> {
    if (!error.unknownOutcome || !this.#options.arrived) return error
    const arrived = await this.#options.arrived()
    if (arrived === undefined) return error
    return arrived ? null : new ApiError({ code: 'not_arrived' })
  }

  #place(error: ApiError) {
    const { checks, fieldOf, labels, reason: own } = this.#options
    const field = fieldOf?.(error.code)
    if (field) {
      this.errors[field] = sentence(error.problem)
      return
    }
    for (const { pointer, reason } of error.problem.errors ?? []) {
      const name = pointer.replace(/^#?\//, '') as Name
      if (name in checks) this.errors[name] = own?.(name, reason) ?? fieldSentence(name, reason, labels?.[name]?.())
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

  /** Moves the focus to the first field with an error, else to the box above the form. */
  async #showErrors() {
    title.error = true
    await tick()
    const invalid = this.#element?.querySelector<HTMLElement>('[aria-invalid="true"]')
    const box = this.#element?.querySelector<HTMLElement>('[role="alert"]')
    const place = invalid ?? box
    place?.focus()
    if (place instanceof HTMLInputElement) place.select()
    // The sentence stands below the field.
    place?.closest('.field')?.scrollIntoView({ block: 'nearest' })
  }

  #input(name: Name): HTMLInputElement | undefined {
    const control = this.#element?.elements.namedItem(name)
    return control instanceof HTMLInputElement ? control : undefined
  }
}

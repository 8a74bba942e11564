const SHOWN_FOR = 6000

/** One short message about an action that has succeeded. */
class Toast {
  message = $state('')
  #timer: ReturnType<typeof setTimeout> | undefined

  show(message: string) {
    clearTimeout(this.#timer)
    this.message = message
    this.#timer = setTimeout(() => this.hide(), SHOWN_FOR)
  }

  hide() {
    clearTimeout(this.#timer)
    this.message = ''
  }
}

export const toast = new Toast()

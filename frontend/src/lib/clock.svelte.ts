import { createSubscriber } from 'svelte/reactivity'

/** The server's time. Whatever shows it is drawn anew each second, and nothing ticks while nobody looks. */
class Clock {
  #offset = 0
  #watch = createSubscriber((update) => {
    const timer = setInterval(update, 1000)
    return () => clearInterval(timer)
  })

  /** Takes over the server's time, as this device's clock may be wrong. */
  set(serverTime: string) {
    this.#offset = Date.parse(serverTime) - Date.now()
  }

  /** Milliseconds since 1970, ticking. */
  get now(): number {
    this.#watch()
    return this.peek()
  }

  /** The same, at this moment only. */
  peek(): number {
    return Date.now() + this.#offset
  }
}

export const clock = new Clock()

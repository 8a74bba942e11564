import { createSubscriber } from 'svelte/reactivity'

/** The server's time. It ticks each second while a component shows it. */
class Clock {
  #offset = 0
  #watch = createSubscriber((update) => {
    const timer = setInterval(update, 1000)
    return () => clearInterval(timer)
  })

  /** Sets the server's time, because this device's clock may be wrong. */
  set(serverTime: string) {
    this.#offset = Date.parse(serverTime) - Date.now()
  }

  /** Milliseconds since 1970, ticking. */
  get now(): number {
    this.#watch()
    return this.peek()
  }

  /** The same without ticking. */
  peek(): number {
    return Date.now() + this.#offset
  }

  /** Runs something at a time; before that, if a timer cannot wait so long. Returns what stops it. */
  at(time: string, run: () => void): () => void {
    const timer = setTimeout(run, Math.min(Date.parse(time) - this.peek(), 2 ** 31 - 1))
    return () => clearTimeout(timer)
  }
}

export const clock = new Clock()

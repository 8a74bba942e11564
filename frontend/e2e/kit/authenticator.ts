// An authenticator app: reads the QR code on the screen (zbarimg) and makes
// codes from it (oathtool). Neither program shares code with the product.
import { execFileSync } from 'node:child_process'
import type { Page } from '@playwright/test'

const period = 30

/** Seconds that a code must go on being taken, for a busy machine to submit it. */
const margin = 15

/** Reads the QR code on the screen. */
export async function readQR(page: Page) {
  const image = await page.getByRole('img', { name: /QR/ }).screenshot({ animations: 'disabled' })
  return execFileSync('zbarimg', ['--quiet', '--raw', '--nodbus', '-Sdisable', '-Sqrcode.enable', '-'], {
    input: image,
  })
    .toString()
    .trim()
}

const stepOf = (milliseconds: number) => Math.floor(milliseconds / 1000 / period)

function codeFor(secret: string, step: number) {
  return codesFrom(secret, step, 1)[0] as string
}

function codesFrom(secret: string, step: number, count: number) {
  const args = ['--totp', '--base32', `--now=@${step * period}`, `--window=${count - 1}`, secret]
  return execFileSync('oathtool', args, { stdio: 'pipe' }).toString().trim().split('\n')
}

/**
 * Gives the codes of one key in rising order, so that several can be used
 * without waiting for the clock: the server takes the step before, the present
 * one and the next.
 */
export class Authenticator {
  readonly secret: string
  private readonly now: () => number
  private last = 0

  constructor(secret: string, now = Date.now) {
    this.secret = secret
    this.now = now
  }

  static fromURI(uri: string, now = Date.now) {
    const secret = new URL(uri).searchParams.get('secret')
    if (!secret) throw new Error(`no secret in ${uri.replace(/secret=[^&]*/, '')}`)
    return new Authenticator(secret, now)
  }

  /** A code that the server has not seen and accepts for a while yet. */
  async next() {
    let step = Math.max(this.last + 1, this.oldest())
    while (step > stepOf(this.now()) + 1) {
      await new Promise((done) => setTimeout(done, 200))
      step = Math.max(this.last + 1, this.oldest())
    }
    this.last = step
    return codeFor(this.secret, step)
  }

  /** The code given last, which the server has spent. */
  spent() {
    return codeFor(this.secret, this.last)
  }

  /**
   * The code that was right some minutes ago. It is half a minute younger, so
   * that it rounds to these minutes in the next step of the server as well.
   */
  past(minutes: number) {
    return codeFor(this.secret, stepOf(this.now()) - (minutes * 60) / period + 1)
  }

  /** Six digits that were no code for the last hour and will be none for the next. */
  wrong() {
    const hour = 3600 / period
    const near = new Set(codesFrom(this.secret, stepOf(this.now()) - hour - 2, 2 * hour + 5))
    for (let guess = 0; ; guess++) {
      const code = String(guess).padStart(6, '0')
      if (!near.has(code)) return code
    }
  }

  // The step before is not worth giving when it is about to leave the window.
  private oldest() {
    const now = this.now()
    const left = period - ((now / 1000) % period)
    return left < margin ? stepOf(now) : stepOf(now) - 1
  }
}

// Reads a help code as the server does, so that a malformed one costs no try.
import { readSymbols } from './backup-code'

/** HELP as it is read: an L counts as a 1. */
const MARK = 'HE1P'

/** Returns a typed help code as it was given, or null if it is none. A backup code has 16 symbols, too, but no mark. */
export function helpCodeOf(input: string): string | null {
  const [, symbols] = /^HE1P([\dA-HJKMNP-TV-Z]{16})$/.exec(readSymbols(input)) ?? []
  return symbols ? `HELP-${symbols.match(/.{4}/g)?.join('-')}` : null
}

/** True if an entry begins like a help code. */
export function beginsLikeHelpCode(input: string): boolean {
  return readSymbols(input).startsWith(MARK)
}

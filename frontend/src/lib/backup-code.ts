// Reads a backup code as the server does, so that a typing error is found at once.
// The page does not know which codes are right.
import { withoutSeparators } from './format'

const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 16

/** What stands before a code on our own sheet: a box to tick, and the number of the line. */
const OF_SHEET = /^[\s\p{Z}\p{Cf}\u2610\u25a1[\]]*(?:\p{Nd}{1,2}[\s\p{Z}\p{Cf}]*[.)．）][\s\p{Z}\p{Cf}]+)?/u

/**
 * Says what is wrong with an entry: it does not have the form of a code, or its
 * last symbol, which is computed from the others, does not fit them.
 */
export function backupCodeMistake(input: string): 'form' | 'typing' | undefined {
  const values = [...readSymbols(input.replace(OF_SHEET, ''))].map((symbol) => SYMBOLS.indexOf(symbol))
  if (values.length !== LENGTH || values.includes(-1)) return 'form'
  return checkSum(values) === 0 ? undefined : 'typing'
}

/** Reads the symbols of a typed code as the server does. What is no symbol stays as it is. */
export function readSymbols(input: string): string {
  const upper = withoutSeparators(input).replace(/[a-z]/g, (letter) => letter.toUpperCase())
  return upper.replaceAll('O', '0').replace(/[IL]/g, '1')
}

/** Luhn's algorithm modulo 32 over the code with its check symbol: 0 if it fits. */
function checkSum(values: number[]): number {
  const base = SYMBOLS.length
  const parts = values.map((value, at) => {
    const doubled = (LENGTH - at) % 2 === 0 ? value * 2 : value
    return Math.floor(doubled / base) + (doubled % base)
  })
  return parts.reduce((sum, part) => sum + part, 0) % base
}

import type { Factor, KeyKind, Way } from './api'
import { keysSupported } from './webauthn'

/** A way to give the second factor: totp is a code of the app, backup a backup code. */
export type WayName = Way['factor']

/** True for the ways that the browser's own dialog asks for. */
export const isKey = (way: WayName | undefined): way is KeyKind => way === 'passkey' || way === 'hardware_key'

/** Leaves out what this browser cannot do, unless the account has nothing else: then the page says so. */
export function usableWays(ways: Way[]): WayName[] {
  const all = ways.map(({ factor }) => factor)
  if (keysSupported()) return all
  const codes = all.filter((way) => !isKey(way))
  return codes.length > 0 ? codes : all
}

/** Returns the ways that give what a step-up wants. A backup code always does. */
export function waysFor(need: Factor, ways: Way[]): Way[] {
  const gives = ({ factor, resistant }: Way) =>
    need === 'code' || factor === 'backup' || (need === 'key' ? resistant : factor === 'totp')
  const found = ways.filter(gives)
  return found.length > 0 ? found : [{ factor: 'backup', resistant: false }]
}

/** Returns what is offered beside the chosen way. One field takes both kinds of code, and changes between them by itself. */
export function otherWays(ways: WayName[], chosen: WayName): WayName[] {
  const byField = !isKey(chosen) && ways.includes('totp')
  return ways.filter((way) => way !== chosen && (isKey(way) || !byField))
}

import type { Session } from '../lib/api'
import { type Path, requiredPage } from '../lib/navigation'
import { type Target, targetOf } from '../lib/target'

type Place = Pick<Session, 'state' | 'next'>

/** A page to go to instead, and the page to come back to later. */
interface Detour {
  to: Path
  next?: Target
}

/**
 * Returns the page for a person who may not be where they are; null means stay.
 *
 * This only spares people pages that cannot work for them. The server checks
 * each request by itself.
 */
export function detour(place: Place, address: string, asked: string | null): Detour | null {
  const path = normal(address)
  if (!isKnown(path)) return null
  if (place.state === 'signed_in') return whenSignedIn(place.next, path, asked)
  const to = place.state === 'pending' ? '/verify' : '/sign-in'
  if (path === to) return null
  const next = isSignIn(path) ? targetOf(asked) : targetOf(path)
  return next === '/' ? { to } : { to, next }
}

function whenSignedIn(next: Place['next'], path: string, asked: string | null): Detour | null {
  const to = requiredPage(next) ?? (isSignIn(path) ? targetOf(asked) : null)
  return to === null || to === path ? null : { to }
}

/** The router ignores case and a slash at the end of a path. */
export function normal(path: string): string {
  return path.toLowerCase().replace(/\/$/, '') || '/'
}

function isSignIn(path: string): boolean {
  return path === '/sign-in' || path === '/verify'
}

function isKnown(path: string): boolean {
  return isSignIn(path) || path === '/' || targetOf(path) !== '/'
}

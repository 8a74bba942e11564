import type { Session } from '../lib/api'
import { type Target, targetOf } from '../lib/target'

type Place = Pick<Session, 'state' | 'next'>
type Door = Target | '/sign-in' | '/verify'

/** A page to go to instead, and the page to come back to later. */
interface Detour {
  to: Door
  next?: Target
}

/**
 * Says where someone has to go who is not allowed where they are; null means stay.
 *
 * This spares people pages that cannot work for them. It protects nothing: the
 * server checks each request by itself.
 */
export function detour(place: Place, address: string, asked: string | null): Detour | null {
  const path = normal(address)
  if (path === '/setup' || !isKnown(path)) return null
  if (place.state === 'signed_in') return whenSignedIn(place.next, path, asked)
  const door = place.state === 'pending' ? '/verify' : '/sign-in'
  if (path === door) return null
  const next = isEntrance(path) ? targetOf(asked) : targetOf(path)
  return next === '/' ? { to: door } : { to: door, next }
}

function whenSignedIn(next: Place['next'], path: string, asked: string | null): Detour | null {
  const only = { done: null, set_up: '/two-factor', change_password: '/password' } as const
  const to = only[next] ?? (isEntrance(path) ? targetOf(asked) : null)
  return to === null || to === path ? null : { to }
}

/** The pages of the settings room that open in this state. */
export function opens(next: Place['next'], path: string): boolean {
  return detour({ state: 'signed_in', next }, path, null) === null
}

/** The router reads a path without regard to case and to a slash at the end. */
export function normal(path: string): string {
  return path.toLowerCase().replace(/\/$/, '') || '/'
}

function isEntrance(path: string): boolean {
  return path === '/sign-in' || path === '/verify'
}

function isKnown(path: string): boolean {
  return isEntrance(path) || path === '/' || targetOf(path) !== '/'
}

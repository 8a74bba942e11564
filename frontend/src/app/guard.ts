import type { Session } from '../lib/api'
import { type Path, requiredPage } from '../lib/navigation'
import { isOpenPage, type Target, targetOf } from '../lib/target'

type Place = Pick<Session, 'state' | 'next'> & {
  /** True if the person has to be reminded of something before any other page opens. */
  reminding?: boolean
}

/** A page to go to instead, and the page to come back to later. */
interface Detour {
  to: Path
  next?: Target
}

/**
 * Returns the page for a person who may not be where they are; null means stay.
 *
 * A page that opens an application is remembered together with its query, also while
 * something else is required first.
 *
 * This only spares people pages that cannot work for them. The server checks
 * each request by itself.
 */
export function detour(place: Place, address: string, asked: string | null, search = ''): Detour | null {
  const path = normal(address)
  const here = targetOf(path + search)
  if (!isSignIn(path) && path !== '/' && here === '/') return null
  const later = targetOf(asked)
  const next = isSignIn(path) || isOpenPage(later) ? later : here
  if (place.state === 'signed_in') return whenSignedIn(place, path, next)
  const to = place.state === 'pending' ? '/verify' : '/sign-in'
  if (path === to || (path === '/help-code' && to === '/verify')) return null
  return next === '/' ? { to } : { to, next }
}

function whenSignedIn({ next: required, reminding }: Place, path: string, next: Target): Detour | null {
  const first = requiredPage(required)
  if (!first && reminding && isSignIn(path)) {
    if (path === '/reminder') return null
    return next === '/' ? { to: '/reminder' } : { to: '/reminder', next }
  }
  const to = first ?? (isSignIn(path) ? next : null)
  if (to === null || to === path) return null
  return first && isOpenPage(next) ? { to, next } : { to }
}

/** The router ignores case and a slash at the end of a path. */
export function normal(path: string): string {
  return path.toLowerCase().replace(/\/$/, '') || '/'
}

/** The pages on the way from Sign in to the page that was asked for. */
function isSignIn(path: string): boolean {
  return ['/sign-in', '/verify', '/help-code', '/reminder'].includes(path)
}

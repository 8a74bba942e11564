import type { OpenRequest, OpenView } from '../lib/api-later'
import { isOpenPage, type Target } from '../lib/target'

/** Returns what to ask the server for, from the page's own address; null if that is broken. */
export function requestOf(target: Target): OpenRequest | null {
  if (!isOpenPage(target)) return null
  const { app = '', to = '', state = '', again } = Object.fromEntries(new URLSearchParams(target.slice('/open'.length)))
  return { app, to, state, again: again === '1' }
}

/** Returns where to go. It has to be a page of the application; anything else is null. */
export function destination({ address, url }: Pick<OpenView, 'address' | 'url'>): string | null {
  if (!URL.canParse(url)) return null
  const { href, origin, protocol } = new URL(url)
  return /^https?:$/.test(protocol) && origin === address ? href : null
}

/** The pages that a person may be sent to after signing in, beside those of administrators. */
export const targets = ['/', '/two-factor', '/sessions', '/activity', '/password', '/profile'] as const
type AdminPage = `/${'people' | 'groups'}${'' | `/${string}`}`
export type Target = (typeof targets)[number] | AdminPage

/**
 * Returns the page to open after signing in, from the page that the address asks for.
 *
 * Only a path of this site that names one of our own pages is followed. It is
 * parsed and built anew, so no part of the input reaches the address bar. Any
 * other input leads to Home (ASVS 3.7.2).
 */
export function targetOf(asked: string | null): Target {
  if (!asked || !/^\/(?![/\\])/.test(asked) || /\p{Cc}/u.test(asked)) return '/'
  const base = 'https://site.invalid'
  if (!URL.canParse(asked, base)) return '/'
  const url = new URL(asked, base)
  if (url.origin !== base) return '/'
  const path = url.pathname
  return /^\/(people|groups)(\/\w+)?$/.test(path)
    ? (path as AdminPage)
    : (targets.find((target) => target === path) ?? '/')
}

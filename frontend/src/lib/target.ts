/** The pages that a person may be sent to after signing in, beside those of administrators. */
export const targets = ['/', '/two-factor', '/sessions', '/activity', '/password', '/profile'] as const
type AdminPage = `/${'people' | 'groups' | 'applications'}${'' | `/${string}`}` | '/policy' | '/events' | '/report'
/** Opens a page of an application, and goes there. */
export type OpenPage = `/open?${string}`
export type Target = (typeof targets)[number] | AdminPage | OpenPage

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
  if (path === '/open') return openPage(url.searchParams)
  return /^\/((people|groups|applications)(\/\w+)?|policy|events|report)$/.test(path)
    ? (path as AdminPage)
    : (targets.find((target) => target === path) ?? '/')
}

/** The page has four parameters. The lengths are those that the server takes. */
function openPage(query: URLSearchParams): OpenPage | '/' {
  const { app = '', to = '', state = '', again } = Object.fromEntries(query)
  const known = app.length < 268 && /^https?:/.test(app) && URL.canParse(app) && new URL(app).origin === app
  if (!known || to[0] !== '/' || to.length > 2048 || !/^[\w-]{43}$/.test(state)) return '/'
  return `/open?${new URLSearchParams({ app, to, state, ...(again === '1' && { again }) })}`
}

export function isOpenPage(target: Target): target is OpenPage {
  return target.startsWith('/open')
}

import { createRouter, serializeSearch } from 'sv-router'
import { i18n } from '../lib/i18n.svelte'
import { connectRouter, type Router } from '../lib/navigation'
import { session } from '../lib/session.svelte'
import SignIn from '../sign-in/SignIn.svelte'
import SignInLayout from '../sign-in/SignInLayout.svelte'
import { detour, normal } from './guard'
import { opened } from './opened'

// The first download holds only the first page. Every other one is loaded when it opens,
// and shown by the component of this module.
const later = () => import('./later')
// Together with the session, which is asked for first.
if (normal(location.pathname) !== '/sign-in') void later()

const SettingsLayout = () => import('../settings/SettingsLayout.svelte')

const { navigate, route } = createRouter({
  '/': {
    layout: SettingsLayout,
    '/': later,
    '/two-factor': later,
    '/sessions': later,
    '/activity': later,
    '/password': later,
    '/profile': later,
    '/people': later,
    '/people/:page': later,
    '/groups': later,
    '/groups/:page': later,
    '/applications': later,
    '/applications/:page': later,
    '/policy': later,
    '/events': later,
    '/report': later,
  },
  '/sign-in': { layout: SignInLayout, '/': SignIn },
  '/verify': { layout: SignInLayout, '/': later },
  '/help-code': { layout: SignInLayout, '/': later },
  '/reminder': { layout: SignInLayout, '/': later },
  '/setup': { layout: SignInLayout, '/': later },
  '/welcome': { layout: SignInLayout, '/': later },
  '/open': { layout: SignInLayout, '/': later },
  '*': later,
  hooks: {
    async beforeLoad({ pathname, search }) {
      // The router has to know of this navigation before another one may replace it.
      await null
      asked.path = pathname
      // Back and Forward come without the query, which is in the address by then.
      asked.search = serializeSearch(search) ?? location.search
      if (follow(pathname, asked.search)) throw new Error('detour')
      await prepare(normal(pathname))
    },
  },
})

/** The page that was asked for last. It is in the address only once it is loaded. */
export const asked = { path: location.pathname, search: location.search }

/** Loads a page and the texts that it needs beyond those of the first page. */
async function prepare(path: string) {
  if (path === '/sign-in' && !session.current?.setup_needed) return
  const { pageAt, setUpTexts } = await later()
  if (path === '/sign-in') return i18n.enter([setUpTexts])
  const { load, texts } = pageAt(path)
  const [page] = await Promise.all([load(), i18n.enter(texts)])
  opened.set(path, page.default)
}

// A path is one of the routes, or fits one with a parameter, which its type does not say.
const go: Router['navigate'] = (to, options) => {
  const [path, search] = to.split('?')
  return navigate(path as '/', { ...options, ...(search && { search }) })
}

connectRouter({ navigate: go, route })

/** Leaves a page that does not open in this state; true if it did. */
export function follow(path: string, search: string): boolean {
  if (path === '/verify' && session.current?.state === 'signed_in' && session.backupCodesLeft !== null) return false
  const next = new URLSearchParams(search).get('next')
  const place = session.current && { ...session.current, reminding: session.reminding }
  const away = place && detour(place, path, next, search)
  if (!away) return false
  void go(away.to, { replace: true, ...(away.next && { search: { next: away.next } }) })
  return true
}

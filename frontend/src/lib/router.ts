import { createRouter } from 'sv-router'
import Entrance from '../components/Entrance.svelte'
import SignIn from '../pages/SignIn.svelte'
import { detour, normal } from './guard'
import { i18n, type Part } from './i18n.svelte'
import { session } from './session.svelte'

// Only the first page is in the first download; every other one is fetched when it is opened.
const Room = () => import('../components/Room.svelte')

// Nobody waits at one page for the texts of another.
const texts: Record<string, Part[]> = {
  '/sign-in': [],
  '/': ['room'],
  '/verify': ['room'],
  '/setup': ['room'],
  '/activity': ['room', 'settings', 'activity'],
}

export const { p, navigate, route } = createRouter({
  '/': {
    layout: Room,
    '/': () => import('../pages/Home.svelte'),
    '/two-factor': () => import('../pages/TwoFactor.svelte'),
    '/sessions': () => import('../pages/Sessions.svelte'),
    '/activity': () => import('../pages/Activity.svelte'),
    '/password': () => import('../pages/Password.svelte'),
    '/profile': () => import('../pages/Profile.svelte'),
  },
  '/sign-in': { layout: Entrance, '/': SignIn },
  '/verify': { layout: Entrance, '/': () => import('../pages/Verification.svelte') },
  '/setup': { layout: Entrance, '/': () => import('../pages/FirstStart.svelte') },
  '*': () => import('../pages/NotFound.svelte'),
  hooks: {
    async beforeLoad({ pathname, search: { next } }) {
      // The router has to know of this navigation before another one may take its place.
      await null
      if (follow(pathname, typeof next === 'string' ? next : null)) throw new Error('detour')
      await i18n.enter(...(texts[normal(pathname)] ?? ['room', 'settings']))
    },
  },
})

/** Leaves a page that does not open in this state; true when it did. */
export function follow(path: string, asked: string | null): boolean {
  if (path === '/verify' && session.current?.state === 'signed_in' && session.backupCodesLeft !== null) return false
  const away = session.current && detour(session.current, path, asked)
  if (!away) return false
  void navigate(away.to, { replace: true, ...(away.next && { search: { next: away.next } }) })
  return true
}

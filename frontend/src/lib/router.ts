import { createRouter } from 'sv-router'
import Entrance from '../components/Entrance.svelte'
import SignIn from '../pages/SignIn.svelte'
import { detour } from './guard'
import { i18n } from './i18n.svelte'
import { session } from './session.svelte'

// Only the first page is in the first download; every other one is fetched when it is opened.
const Room = () => import('../components/Room.svelte')

export const { p, navigate, route } = createRouter({
  '/': {
    layout: Room,
    '/': () => import('../pages/Home.svelte'),
    '/two-factor': () => import('../pages/TwoFactor.svelte'),
    '/password': () => import('../pages/Password.svelte'),
  },
  '/sign-in': { layout: Entrance, '/': SignIn },
  '/verify': { layout: Entrance, '/': () => import('../pages/Verification.svelte') },
  '/setup': { layout: Entrance, '/': () => import('../pages/FirstStart.svelte') },
  '*': () => import('../pages/NotFound.svelte'),
  hooks: {
    async beforeLoad({ pathname, search: { next } }) {
      if (follow(pathname, typeof next === 'string' ? next : null)) throw new Error('detour')
      if (pathname !== '/sign-in') await i18n.enterRoom()
    },
  },
})

/** Leaves a page that does not open in this state; true when it did. */
export function follow(path: string, asked: string | null): boolean {
  const away = session.current && detour(session.current, path, asked)
  if (!away) return false
  void navigate(away.to, { replace: true, ...(away.next && { search: { next: away.next } }) })
  return true
}

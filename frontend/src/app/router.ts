import { createRouter } from 'sv-router'
import { i18n, type Part } from '../lib/i18n.svelte'
import { session } from '../lib/session.svelte'
import SignIn from '../sign-in/SignIn.svelte'
import SignInLayout from '../sign-in/SignInLayout.svelte'
import { detour, normal } from './guard'

// Only the first page is in the first download; every other one is fetched when it is opened.
const Settings = () => import('../settings/SettingsLayout.svelte')

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
    layout: Settings,
    '/': () => import('../settings/Home.svelte'),
    '/two-factor': () => import('../settings/TwoFactor.svelte'),
    '/sessions': () => import('../settings/Sessions.svelte'),
    '/activity': () => import('../settings/Activity.svelte'),
    '/password': () => import('../settings/Password.svelte'),
    '/profile': () => import('../settings/Profile.svelte'),
  },
  '/sign-in': { layout: SignInLayout, '/': SignIn },
  '/verify': { layout: SignInLayout, '/': () => import('../sign-in/Verification.svelte') },
  '/setup': { layout: SignInLayout, '/': () => import('../sign-in/FirstStart.svelte') },
  '*': () => import('./NotFound.svelte'),
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

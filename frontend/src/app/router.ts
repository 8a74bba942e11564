import { createRouter } from 'sv-router'
import { i18n } from '../lib/i18n.svelte'
import { connectRouter, type Path } from '../lib/navigation'
import { session } from '../lib/session.svelte'
import { laterTexts } from '../lib/texts'
import { activityTexts, settingsTexts, twoFactorTexts } from '../settings/texts'
import SignIn from '../sign-in/SignIn.svelte'
import SignInLayout from '../sign-in/SignInLayout.svelte'
import { verifyTexts } from '../sign-in/texts'
import { detour, normal } from './guard'

// The first download holds only the first page. Every other page is loaded when it opens.
const SettingsLayout = () => import('../settings/SettingsLayout.svelte')

const settings = [laterTexts, settingsTexts]
const texts: Partial<Record<Path, Parameters<typeof i18n.enter>[0]>> = {
  '/verify': [laterTexts, verifyTexts],
  '/setup': [laterTexts, verifyTexts],
  '/': settings,
  '/two-factor': [...settings, twoFactorTexts],
  '/sessions': settings,
  '/activity': [...settings, activityTexts],
  '/password': settings,
  '/profile': settings,
}

const { navigate, route } = createRouter({
  '/': {
    layout: SettingsLayout,
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
      // The router has to know of this navigation before another one may replace it.
      await null
      asked.path = pathname
      if (follow(pathname, typeof next === 'string' ? next : null)) throw new Error('detour')
      await i18n.enter(needed(normal(pathname)))
    },
  },
})

/** The page that was asked for last. Its path is in the address only once it is loaded. */
export const asked = { path: location.pathname }

/** What a page needs beyond the texts of the first page. */
function needed(path: string) {
  if (path === '/sign-in') return session.current?.setup_needed ? [verifyTexts] : []
  return texts[path as Path] ?? [laterTexts]
}

connectRouter({ navigate: (to, options) => navigate(to, options), route })

/** Leaves a page that does not open in this state; true if it did. */
export function follow(path: string, asked: string | null): boolean {
  if (path === '/verify' && session.current?.state === 'signed_in' && session.backupCodesLeft !== null) return false
  const away = session.current && detour(session.current, path, asked)
  if (!away) return false
  void navigate(away.to, { replace: true, ...(away.next && { search: { next: away.next } }) })
  return true
}

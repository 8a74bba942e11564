// Every page but the first one, and the texts that each needs. The first download would
// otherwise name all their files.
import type { Component } from 'svelte'
import type { Catalog } from '../lib/i18n.svelte'
import { activityTexts, obligationTexts } from '../lib/later-texts'
import { laterTexts } from '../lib/texts'
import { settingsTexts, twoFactorTexts } from '../settings/texts'
import { helpCodeTexts } from '../sign-in/help-code-texts'
import { openTexts } from '../sign-in/open-texts'
import { verifyTexts } from '../sign-in/texts'

export { default } from './Page.svelte'

interface Page {
  load: () => Promise<{ default: Component }>
  texts: Catalog<object>[]
}

const settings = [laterTexts, settingsTexts]
const signIn = [laterTexts, verifyTexts]
/** admin/pages.ts picks the page. */
const admin = { load: () => import('../admin/Admin.svelte'), texts: settings }

const pages: Record<string, Page> = {
  '/': { load: () => import('../settings/Home.svelte'), texts: settings },
  '/two-factor': { load: () => import('../settings/TwoFactor.svelte'), texts: [...settings, twoFactorTexts] },
  '/sessions': { load: () => import('../settings/Sessions.svelte'), texts: settings },
  '/activity': { load: () => import('../settings/Activity.svelte'), texts: [...settings, activityTexts] },
  '/password': { load: () => import('../settings/Password.svelte'), texts: settings },
  '/profile': { load: () => import('../settings/Profile.svelte'), texts: settings },
  '/people': admin,
  '/groups': admin,
  '/applications': admin,
  '/policy': admin,
  '/events': admin,
  '/report': admin,
  '/verify': { load: () => import('../sign-in/Verification.svelte'), texts: signIn },
  '/help-code': { load: () => import('../sign-in/HelpCode.svelte'), texts: [...signIn, helpCodeTexts] },
  '/reminder': { load: () => import('../sign-in/Reminder.svelte'), texts: [obligationTexts] },
  '/setup': { load: () => import('../sign-in/FirstStart.svelte'), texts: signIn },
  '/welcome': { load: () => import('../sign-in/Welcome.svelte'), texts: [laterTexts] },
  '/open': { load: () => import('../sign-in/Open.svelte'), texts: [laterTexts, openTexts] },
}
const notFound: Page = { load: () => import('./NotFound.svelte'), texts: [laterTexts] }

/** Sign in shows these texts while the set-up is open. */
export const setUpTexts = verifyTexts

/** Returns the page at a path. Below /people, /groups and /applications it is always that of administrators. */
export function pageAt(path: string): Page {
  return pages[path] ?? pages[/^\/(?:people|groups|applications)(?=\/|$)/.exec(path)?.[0] ?? ''] ?? notFound
}

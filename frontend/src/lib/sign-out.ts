import { session } from './session.svelte'
import type { Target } from './target'

/** Signs out and opens Sign in, which leads to next later; throws an ApiError if the person is still signed in. */
export async function signOut(next?: Target) {
  const api = await import('./api-later')
  try {
    await api.signOut()
  } catch (error) {
    if (!(error instanceof api.ApiError)) throw error
    await session.load()
    if (session.current?.state === 'signed_in') throw error
  }
  // A new page wipes what this one holds in memory.
  location.replace(next ? `/sign-in?${new URLSearchParams({ next })}` : '/sign-in')
}

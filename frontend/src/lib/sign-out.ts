import { session } from './session.svelte'

/** Signs out and leaves the page; throws an ApiError if the person is still signed in. */
export async function signOut() {
  const api = await import('./api-later')
  try {
    await api.signOut()
  } catch (error) {
    if (!(error instanceof api.ApiError)) throw error
    await session.load()
    if (session.current?.state === 'signed_in') throw error
  }
  // A new page wipes what this one holds in memory.
  location.replace('/sign-in')
}

import { SvelteSet } from 'svelte/reactivity'
import { session } from '../lib/session.svelte'

/** The ids of new keys whose note the person has closed with "It was me". A reload shows the notes again, and so does every other browser. */
export const ownKeys = new SvelteSet<number>()

/** The new keys about which the person may say "Not me". */
export const doubtfulKeys = () => (session.current?.new_keys ?? []).filter(({ id }) => !ownKeys.has(id))

import { SvelteSet } from 'svelte/reactivity'

/** The ids of new keys whose note the person has closed with "It was me". A reload shows the notes again, and so does every other browser. */
export const ownKeys = new SvelteSet<number>()

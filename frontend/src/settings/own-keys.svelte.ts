import { SvelteSet } from 'svelte/reactivity'

/** New keys of which the person has said "It was me", until the page is loaded again. Nobody else loses the note by it. */
export const ownKeys = new SvelteSet<number>()

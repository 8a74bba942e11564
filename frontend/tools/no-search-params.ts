// What the router offers to read and write the query with. No page uses it, and it would
// bring a class of Svelte to the first page.
export const searchParams = undefined
export function syncSearchParams() {}

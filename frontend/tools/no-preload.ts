// What the router uses to load pages before their links are followed. No link asks
// for that, so the build leaves it out, and nothing watches the whole document.
export async function preload() {}
export function preloadOnHover() {}

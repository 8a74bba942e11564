// What this browser remembers: the language and the theme, never more.

/** Reads a remembered choice; a browser that forbids storage remembers nothing. */
export function recall(name: 'language' | 'theme'): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

/** Remembers a choice, where the browser allows it. */
export function remember(name: 'language' | 'theme', value: string) {
  try {
    localStorage.setItem(name, value)
  } catch {
    // The choice then lasts until the page is closed.
  }
}

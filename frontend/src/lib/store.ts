// What this browser remembers: the language and the theme, never more.

const picked: Partial<Record<'language' | 'theme', string>> = {}

/** Reads a remembered choice; a browser that forbids storage remembers it until the page is closed. */
export function recall(name: 'language' | 'theme'): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return picked[name] ?? null
  }
}

/** Remembers a choice, where the browser allows it. */
export function remember(name: 'language' | 'theme', value: string) {
  picked[name] = value
  try {
    localStorage.setItem(name, value)
  } catch {
    // The choice then lasts until the page is closed.
  }
}

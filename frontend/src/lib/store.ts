// This browser remembers the language and the theme, nothing else.

const picked: Partial<Record<'language' | 'theme', string>> = {}

/** Reads a remembered choice. If the browser forbids storage, it lasts until the page is closed. */
export function recall(name: 'language' | 'theme'): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return picked[name] ?? null
  }
}

/** Remembers a choice, if the browser allows it. */
export function remember(name: 'language' | 'theme', value: string) {
  picked[name] = value
  try {
    localStorage.setItem(name, value)
  } catch {
    // Then the choice lasts until the page is closed.
  }
}

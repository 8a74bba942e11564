// This browser remembers the language and the theme, nothing else. Cookies keep
// them, since the server's first answer is already in that language and theme.

type Choice = 'language' | 'theme'

const year = 365 * 24 * 60 * 60

/** Reads a remembered choice. */
export function recall(name: Choice): string | null {
  return new RegExp(`(?:^|; )im_${name}=([^;]*)`).exec(document.cookie)?.[1] ?? null
}

/** Remembers a choice, if the browser allows it. */
export function remember(name: Choice, value: string) {
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  // biome-ignore lint/suspicious/noDocumentCookie: not every browser has the Cookie Store API, and it works over https only
  document.cookie = `im_${name}=${value}; Path=/; Max-Age=${year}; SameSite=Strict${secure}`
}

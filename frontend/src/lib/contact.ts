/** Returns the link to a help contact, if it is an address. */
export function contactLink(contact: string): string | null {
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(contact)) return `mailto:${contact}`
  if (/^https:\/\/\S+$/.test(contact)) return contact
  if (/^\+?[\d\s/()-]{5,}$/.test(contact)) return `tel:${contact.replace(/[^+\d]/g, '')}`
  return null
}

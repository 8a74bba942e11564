import type { Paper } from '../lib/api-later'

// The countries that use Letter (Unicode CLDR, paperSize US-Letter).
const LETTER = new Set('BZ CA CL CO CR GT MX NI PA PH PR SV US VE'.split(' '))

/** Returns the paper of the region in a language tag; A4 if there is none. */
export function paperOf(tag: string): Paper {
  const region = /^[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})\b/i.exec(tag)?.[1]
  return region && LETTER.has(region.toUpperCase()) ? 'letter' : 'a4'
}

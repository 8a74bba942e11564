import type { Paper } from '../lib/api-later'

// Where Letter is the common paper (Unicode CLDR, paperSize US-Letter).
const LETTER = new Set('BZ CA CL CO CR GT MX NI PA PH PR SV US VE'.split(' '))

/** The paper of the region a browser names; A4 where it names none. */
export function paperOf(tag: string): Paper {
  const region = /^[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})\b/i.exec(tag)?.[1]
  return region && LETTER.has(region.toUpperCase()) ? 'letter' : 'a4'
}

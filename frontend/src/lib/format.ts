/** The secret key in groups of four, as people read and type it. */
export function groupKey(secret: string): string[] {
  return secret.match(/.{1,4}/g) ?? []
}

/** Whole seconds left, never negative. A started second counts. */
export function secondsLeft(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / 1000))
}

/** 95 → "1:35", 3700 → "1:01:40". */
export function countdown(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const s = two(seconds % 60)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}:${s}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${s}`
}

/** Up to two letters for the picture of a person. */
export function initials(name: string): string {
  const first = name.split(/[\s._-]+/u).flatMap((word) => word.match(/[\p{L}\p{N}]/u) ?? [])
  const picked = first.length > 1 ? [first[0], first.at(-1)] : [first[0] ?? [...name.trim()][0]]
  return picked.map((letter) => letter?.toLocaleUpperCase() ?? '').join('')
}

/** How many characters the server counts: code points of the normal form C. */
export function characters(text: string): number {
  return [...text.normalize('NFC')].length
}

/** A code without what may stand between its signs: spaces, dashes and invisible characters of any script. */
export function withoutSeparators(input: string): string {
  return plain(input).replace(/[\s\p{Z}\p{Pd}\p{Cf}\u2212]/gu, '')
}

/** Digits of any script and full-width letters as those of ASCII, as the server reads them. */
function plain(input: string): string {
  const narrow = (wide: string) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0)
  return input.replace(/[\uff01-\uff5e]/g, narrow).replace(/\p{Nd}/gu, (digit) => {
    const at = digit.codePointAt(0) ?? 0
    let zero = at // the ten digits of a script follow each other
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
    return String((at - zero) % 10)
  })
}

/** True for a code of the authenticator app, as the server reads it. */
export function isSixDigits(input: string): boolean {
  return /^\d{6}$/.test(withoutSeparators(input))
}

// Dates and durations in words, in the person's language and time zone.

/** Returns the language with the browser's region, so that dates have the usual form. */
export function regional(language: string): string {
  const preferred = globalThis.navigator?.languages ?? []
  return preferred.map(canonical).find((tag) => tag?.split('-')[0] === language) ?? language
}

/** Some browsers pass on tags of the system that Intl refuses: "en-US@posix", "de_DE.UTF-8". */
function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag.replace(/[@.].*/, '').replaceAll('_', '-'))[0]
  } catch {
    return undefined
  }
}

export function date(time: string, language: string): string {
  return new Intl.DateTimeFormat(regional(language), { dateStyle: 'long' }).format(new Date(time))
}

/** Returns a date for a column of a table. */
export function shortDate(time: string, language: string): string {
  return new Intl.DateTimeFormat(regional(language), { dateStyle: 'medium' }).format(new Date(time))
}

export function dateTime(time: string, language: string): string {
  return new Intl.DateTimeFormat(regional(language), { dateStyle: 'long', timeStyle: 'short' }).format(new Date(time))
}

/** Returns date and time in UTC, as on the printed sheet. */
export function utcDateTime(time: string, language: string): string {
  const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  })
  return format.format(new Date(time))
}

/** "09:12" */
export function clockTime(time: string, language: string): string {
  return new Intl.DateTimeFormat(regional(language), { timeStyle: 'short' }).format(new Date(time))
}

/** "today, 09:12", or date and time for other days. */
export function moment(time: string, language: string, now: number): string {
  const at = new Date(time)
  const today = new Date(now)
  if (at.toDateString() !== today.toDateString()) return dateTime(time, language)
  const day = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(0, 'day')
  return `${day}, ${clockTime(time, language)}`
}

/** 2 → "2 minutes" in the language. */
export function minutes(n: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(n)
}

// Dates and durations in words, in the person's language and time zone.

export function date(time: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long' }).format(new Date(time))
}

export function dateTime(time: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' }).format(new Date(time))
}

/** "today, 09:12" for today, else the date and the time. */
export function moment(time: string, language: string, now: number): string {
  const at = new Date(time)
  const today = new Date(now)
  if (at.toDateString() !== today.toDateString()) return dateTime(time, language)
  const day = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(0, 'day')
  return `${day}, ${new Intl.DateTimeFormat(language, { timeStyle: 'short' }).format(at)}`
}

/** 2 → "2 minutes" in the language. */
export function minutes(n: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(n)
}

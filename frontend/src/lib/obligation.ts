// What a policy asks of one person, in words and in days of this device's time zone.
import type { Obligation } from './api'
import { clockTime, date } from './dates'
import type { Texts } from './en-obligation'

const DAY = 86_400_000

/** Returns the last moment before a time: a deadline at midnight belongs to the day before. */
const before = (time: string) => new Date(Date.parse(time) - 1).toISOString()

/** The last day on which something is still possible that ends at a time. */
export const lastDay = (time: string, language: string) => date(before(time), language)

/** Whole days from today until the last day before a time; 0 = that is today, or over. */
export function daysLeft(time: string, now: number): number {
  const day = (at: Date) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate())
  return Math.max(0, (day(new Date(before(time))) - day(new Date(now))) / DAY)
}

/** "by 12 December 2026 (6 days left)", or with the time of day on the last day. */
export function until(time: string, now: number, language: string, texts: Texts): string {
  const days = daysLeft(time, now)
  return days > 0 ? texts.by(lastDay(time, language), days) : texts.byToday(clockTime(before(time), language))
}

/** Says whom a policy asks: "groups finance, support". */
function audience({ audience, groups }: Pick<Obligation, 'audience' | 'groups'>, texts: Texts): string {
  return audience === 'groups' ? texts.audiences.groups(groups) : texts.audiences[audience]
}

/** Says which policy asks, and since when: "group finance, since joining". */
export function why(obligation: Obligation, now: number, language: string, texts: Texts): string {
  const { since, since_at } = obligation
  const day = date(since_at, language)
  return `${audience(obligation, texts)}, ${Date.parse(since_at) > now ? texts.from(day) : texts.since[since](day)}`
}

function excepts(until: string | null, now: number): until is string {
  return until !== null && Date.parse(until) > now
}

/** Says for administrators what is asked of a person. */
export function ofPerson(obligation: Obligation, now: number, language: string, texts: Texts): string {
  const { minimum, met, deadline, exception_until } = obligation
  const says = texts.person[minimum]
  const reason = why(obligation, now, language, texts)
  if (met) return says.meets(reason)
  if (excepts(exception_until, now)) return says.excepted(lastDay(exception_until, language), reason)
  if (Date.parse(deadline) <= now) return says.late(lastDay(deadline, language), reason)
  return says.owes(until(deadline, now, language, texts), reason)
}

/** Says for the person what is asked. */
export function ofOwn(obligation: Obligation, now: number, language: string, texts: Texts): string {
  const { minimum, met, deadline, exception_until } = obligation
  const says = texts.own[minimum]
  const reason = why(obligation, now, language, texts)
  if (excepts(exception_until, now)) return says.excepted(lastDay(exception_until, language), reason)
  if (met) return says.why(reason)
  if (Date.parse(deadline) <= now) return says.required(date(deadline, language), reason)
  return `${says.setUpBy(until(deadline, now, language, texts))} ${says.why(reason)}`
}

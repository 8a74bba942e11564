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

/** True if it has begun and nothing excepts the person from it. */
export function binds({ begins_at, exception_until }: Obligation, now: number): boolean {
  return Date.parse(begins_at) <= now && !excepts(exception_until, now)
}

function excepts(until: string | null, now: number): until is string {
  return until !== null && Date.parse(until) > now
}

/** Says for administrators what is asked of a person. */
export function ofPerson(
  obligation: Obligation,
  protectedNow: boolean,
  now: number,
  language: string,
  texts: Texts,
): string {
  const { deadline, exception_until } = obligation
  const reason = why(obligation, now, language, texts)
  if (protectedNow) return texts.person.meets(reason)
  if (excepts(exception_until, now)) return texts.person.excepted(lastDay(exception_until, language), reason)
  if (Date.parse(deadline) <= now) return texts.person.late(lastDay(deadline, language), reason)
  return texts.person.owes(until(deadline, now, language, texts), reason)
}

/** Says for the person what is asked; needs = false for an account with a second factor that is on. */
export function ofOwn(obligation: Obligation, needs: boolean, now: number, language: string, texts: Texts): string {
  const { deadline, exception_until } = obligation
  const reason = why(obligation, now, language, texts)
  if (excepts(exception_until, now)) return texts.own.excepted(lastDay(exception_until, language), reason)
  if (!needs) return texts.own.why(reason)
  if (Date.parse(deadline) <= now) return texts.own.required(date(deadline, language), reason)
  return `${texts.own.setUpBy(until(deadline, now, language, texts))} ${texts.own.why(reason)}`
}

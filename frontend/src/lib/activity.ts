// Describes security events in plain words.

import type { ActivityEvent } from './api-later'
import { clientLabel } from './client'
import { regional } from './dates'
import type { Texts } from './en-activity'
import { pick } from './problems'

type Told = Pick<
  ActivityEvent,
  'kind' | 'outcome' | 'reason' | 'factor' | 'count' | 'clock_offset_seconds' | 'group' | 'detail'
>

/** Says what happened. */
export function headline(event: Told, texts: Texts): string {
  if (event.outcome === 'ok') {
    const ofKey = event.factor === 'hardware_key' ? pick<string>(texts.happenedToHardwareKey, event.kind) : undefined
    return ofKey ?? pick<string>(texts.happened, event.kind) ?? texts.other
  }
  return pick<string>(texts.failed, event.kind) ?? texts.otherFailed
}

/** Says why, with which factor, how often and what it is now; may be empty. */
export function explanation(event: Told, texts: Texts): string {
  return [accepted(event, texts), reason(event, texts), clock(event, texts), count(event, texts), detail(event, texts)]
    .filter(Boolean)
    .join(' ')
}

/** Says who did it, unless it was the person, and where it came from; may be empty. */
export function origin(
  { actor, by, client, address }: Pick<ActivityEvent, 'actor' | 'by' | 'client' | 'address'>,
  texts: Texts,
): string {
  const who = pick<(by: string) => string>(texts.actors, actor)?.(by)
  return [who, clientLabel(client, texts.on), address].filter(Boolean).join(' · ')
}

function accepted({ kind, outcome, reason, factor }: Told, texts: Texts) {
  if (outcome !== 'ok' || reason) return undefined
  // The headline names the kind of the key.
  return kind === 'step_up_key' || kind.startsWith('passkey_') ? undefined : pick<string>(texts.accepted, factor)
}

function reason(event: Told, texts: Texts) {
  // The sentence with the number of refused tries says why.
  if (event.count !== null && event.outcome === 'denied') return undefined
  // A replaced key is not a code.
  if (event.reason === 'replaced' && event.factor === '') return texts.replacedKey
  const what = pick<string>(texts.factors, event.factor) ?? texts.factors.other
  return pick<(what: string) => string>(texts.reasons, event.reason)?.(what)
}

function clock({ clock_offset_seconds: offset }: Told, texts: Texts) {
  if (!offset) return undefined
  const minutes = Math.max(1, Math.round(Math.abs(offset) / 60))
  return offset < 0 ? texts.clockSlow(minutes) : texts.clockFast(minutes)
}

function count({ count: n, outcome, kind }: Told, texts: Texts) {
  if (n === null) return undefined
  const counted = pick<(n: number) => string>(texts.counts, kind)
  if (counted) return counted(n)
  return outcome === 'denied' ? texts.refusedTries(n) : texts.repeated(n)
}

function detail({ kind, factor, group, detail }: Told, texts: Texts) {
  const name = factor === 'passkey' || factor === 'hardware_key' ? texts.keyName : undefined
  const changed = pick<(detail: string) => string>(texts.details, kind) ?? (detail ? name : undefined)
  return [group && texts.group(group), changed?.(detail)].filter(Boolean).join(' ')
}

interface Day<Event> {
  /** The time of the day's newest event. */
  time: string
  events: Event[]
}

/** Groups events by day in this device's time zone and keeps their order. */
export function byDay<Event extends Pick<ActivityEvent, 'at'>>(events: Event[]): Day<Event>[] {
  const days: Day<Event>[] = []
  for (const event of events) {
    const last = days.at(-1)
    if (last && sameDay(last.time, event.at)) last.events.push(event)
    else days.push({ time: event.at, events: [event] })
  }
  return days
}

/** "Today", "Yesterday", or the date with its day of the week; with the year if it is not the present one. */
export function dayName(time: string, now: number, language: string, texts: Texts): string {
  const at = new Date(time)
  const today = new Date(now)
  if (sameDay(at, today)) return texts.today
  if (sameDay(at, new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1))) return texts.yesterday
  return new Intl.DateTimeFormat(regional(language), {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(at.getFullYear() !== today.getFullYear() && { year: 'numeric' }),
  }).format(at)
}

function sameDay(one: string | Date, other: string | Date): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString()
}

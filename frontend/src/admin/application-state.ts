// What the pages of applications tell about one. Pure functions.
import type { Application, Problem, Rule } from '../lib/api-admin'
import { shortDate } from '../lib/dates'

/** The rule that a new application begins with. */
export const FIRST_RULE: Rule = {
  path: '/',
  methods: 'all',
  who: 'everybody',
  groups: [],
  factor: 'two',
  max_age_minutes: 0,
  origins: [],
}

/** Limits of the server. */
export const MAX_RULES = 50
export const MAX_ADDRESSES = 20

/** "wiki.example.com" of https://wiki.example.com */
export function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, '')
}

/** Adds the scheme to a host that was typed alone. */
export function asAddress(typed: string): string {
  const text = typed.trim()
  const own = /^([^/:]+\.)?localhost(:|$)|^127\.|^\[::1\]/i.test(text)
  return text === '' || text.includes('://') ? text : `${own ? 'http' : 'https'}://${text}`
}

interface Summary {
  who: 'everybody' | 'groups' | 'public' | 'nobody'
  /** The groups of all rules, if only groups may open it. */
  groups: string[]
  /** True if some paths need no sign-in, and others do. */
  partlyPublic: boolean
  factor: 'resistant' | 'two' | 'password' | 'differs' | 'none'
}

/** Says in short who may open an application, and with which factors. */
export function summarize(rules: Rule[]): Summary {
  const closed = rules.filter(({ who }) => who !== 'public')
  const factors = new Set(closed.map(({ factor }) => factor))
  const [factor = 'none'] = factors
  const everybody = closed.some(({ who }) => who === 'everybody')
  return {
    who: everybody ? 'everybody' : closed.length > 0 ? 'groups' : rules.length > 0 ? 'public' : 'nobody',
    groups: everybody ? [] : [...new Set(closed.flatMap(({ groups }) => groups))].sort(),
    partlyPublic: closed.length > 0 && closed.length < rules.length,
    factor: factors.size > 1 ? 'differs' : factor,
  }
}

/** True if the name or an address has every word of the search. */
export function isFound({ name, addresses }: Pick<Application, 'name' | 'addresses'>, search: string): boolean {
  const text = [name, ...addresses].join('\n').toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** True if the first rule fits whatever the second one does. */
function covers(first: Rule, second: Rule): boolean {
  const below = first.path === '/' || second.path === first.path || second.path.startsWith(`${first.path}/`)
  return below && (first.methods === 'all' || second.methods === 'reading')
}

/** Returns the index of an earlier rule that leaves nothing for a rule; -1 = none. */
export function coveredBy(rules: Rule[], index: number): number {
  return rules.findIndex((rule, other) => other < index && covers(rule, rules[index] as Rule))
}

/** Adds a rule where it is reached: before the first rule that would leave nothing for it. */
export function withAdded(rules: Rule[], added: Rule): Rule[] {
  const place = rules.findIndex((rule) => covers(rule, added) && !covers(added, rule))
  return place < 0 ? [...rules, added] : [...rules.slice(0, place), added, ...rules.slice(place)]
}

/** Returns a list with one element at another place. */
export function withMoved<T>(list: readonly T[], from: number, to: number): T[] {
  const moved = [...list]
  moved.splice(to, 0, ...moved.splice(from, 1))
  return moved
}

/**
 * Names the fields of the dialogs instead of those of the whole application:
 * #/addresses/1 is address-1, and of the rule with the index #/rules/2/origins/0 is
 * origin-0. What is wrong with another rule keeps its name.
 */
export function errorsOfFields(errors: Problem['errors'], index = -1): NonNullable<Problem['errors']> {
  return (errors ?? []).map(({ pointer, reason }) => {
    const own = pointer.replace(`#/rules/${index}/`, '#/')
    const name = own
      .replace(/^#\/addresses$/, '#/address-0')
      .replace(/^#\/addresses\/(\d+)$/, '#/address-$1')
      .replace(/^#\/origins\/(\d+)$/, '#/origin-$1')
      .replace(/^#\/groups\/\d+$/, '#/groups')
    return { pointer: name, reason }
  })
}

/** Returns the index of the group of a rule that the server does not know; -1 = none. */
export function unknownGroup(errors: Problem['errors'], index: number): number {
  for (const { pointer } of errors ?? []) {
    const [, rule, group] = /^#\/rules\/(\d+)\/groups\/(\d+)$/.exec(pointer) ?? []
    if (Number(rule) === index) return Number(group)
  }
  return -1
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** "Now", "5 minutes ago", "Yesterday", or a date. The server keeps the time to a minute. */
export function ago(time: string, now: number, language: string): string {
  const at = Date.parse(time)
  const past = Math.max(0, now - at)
  const midnight = (ms: number) => new Date(ms).setHours(0, 0, 0, 0)
  const days = Math.round((midnight(now) - midnight(at)) / DAY)
  const say = (n: number, unit: Intl.RelativeTimeFormatUnit) => {
    const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-n, unit)
    return words.charAt(0).toLocaleUpperCase(language) + words.slice(1)
  }
  if (past < 2 * MINUTE) return say(0, 'second')
  if (past < HOUR) return say(Math.floor(past / MINUTE), 'minute')
  if (days <= 0 || past < 6 * HOUR) return say(Math.floor(past / HOUR), 'hour')
  return days < 7 ? say(days, 'day') : shortDate(time, language)
}

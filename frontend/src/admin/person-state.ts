import type { Person, PersonItem } from '../lib/api-admin'
import { date, dateTime, regional } from '../lib/dates'
import { pick } from '../lib/problems'
import type { Texts as ListTexts } from './en'
import type { Texts } from './en-person'

/** What is said first about a person. */
export interface Summary {
  tone: 'success' | 'warning'
  title: string
  sentence: string
}

/** The full name with the user name, since several people may have the same full name. */
export function called({ username, display_name: name }: Pick<Person, 'username' | 'display_name'>) {
  return name ? `${name} (${username})` : username
}

/** Names the second factors in a few words, and what is wrong with them. */
export function factorLabel(
  { factor_kinds: kinds, second_factor: state }: Pick<PersonItem, 'factor_kinds' | 'second_factor'>,
  texts: ListTexts,
) {
  if (state === 'none') return texts.noFactor
  const words = [...kinds.map((kind) => texts.factors[kind]), pick<string>(texts.factorStates, state)]
  const label = words.filter(Boolean).join(', ')
  return label.charAt(0).toUpperCase() + label.slice(1)
}

/** Says in one sentence how a person is protected, or why nobody can sign in. */
export function summarize(person: Person, texts: Texts, language: string): Summary {
  const { state, titles } = texts
  const linkEnds = person.link && dateTime(person.link.expires_at, language)
  if (person.state === 'disabled') {
    const since = person.disabled_at ? date(person.disabled_at, language) : ''
    return { tone: 'warning', title: titles.disabled, sentence: state.disabled(since) }
  }
  if (person.state === 'invited') {
    const link = linkEnds ? state.linkUntil(linkEnds) : state.noLink
    return { tone: 'warning', title: titles.invited, sentence: `${state.invited} ${link}` }
  }
  const more = [
    person.must_change_password && state.mustChange,
    person.link?.kind === 'password' && linkEnds && state.openLink(linkEnds),
    ...helpSentences(person, texts, language),
  ]
  const summary = factorSummary(person, texts, language)
  if (person.help_stopped_until !== null) {
    return { tone: 'warning', title: titles.attention, sentence: [...more.filter(Boolean), summary.sentence].join(' ') }
  }
  return { ...summary, sentence: [summary.sentence, ...more].filter(Boolean).join(' ') }
}

function helpSentences({ help_code: code, help_stopped_until: stopped }: Person, { state }: Texts, language: string) {
  const says = code?.used ? state.helpUsed : state.helpCode
  return [
    code && says(code.by || state.operator, dateTime(code.ends_at, language)),
    stopped && state.helpStopped(dateTime(stopped, language)),
  ]
}

function factorSummary(person: Person, { state, titles }: Texts, language: string): Summary {
  const first = person.factors.map((factor) => factor.since).sort()[0]
  const since = first ? date(first, language) : ''
  const by = new Intl.ListFormat(regional(language)).format(person.factor_kinds.map((kind) => state.by[kind]))
  switch (person.second_factor) {
    case 'none':
      return { tone: 'warning', title: titles.open, sentence: state.none }
    case 'paused': {
      const until = person.paused_until && dateTime(person.paused_until, language)
      return { tone: 'warning', title: titles.open, sentence: until ? state.pausedUntil(until) : state.paused }
    }
    case 'dead':
    case 'unreadable':
    case 'elsewhere':
      return { tone: 'warning', title: titles.attention, sentence: state[person.second_factor] }
    case 'enabled': {
      const left = person.backup_codes_left
      if (left === 0) return { tone: 'warning', title: titles.protected, sentence: state.noCodes(by, since) }
      return { tone: 'success', title: titles.protected, sentence: state.codes(by, since, left) }
    }
  }
}

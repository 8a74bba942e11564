// Describes second factors in words.
import type { Key } from '../lib/api-later'
import { date, moment } from '../lib/dates'
import { pick } from '../lib/problems'
import type { Texts } from './en-factors'

/** "Hardware key, USB" */
export function kindOfKey({ kind, connections }: Pick<Key, 'kind' | 'connections'>, texts: Texts): string {
  const ways = kind === 'hardware_key' ? connections.map((each) => pick<string>(texts.connections, each) ?? '') : []
  return [texts.kinds[kind], ...ways].filter(Boolean).join(', ')
}

/** What the person calls a key, else its kind. */
export function nameOfKey(key: Pick<Key, 'kind' | 'connections' | 'name'>, texts: Texts): string {
  return key.name || kindOfKey(key, texts)
}

interface Since {
  added: string | null
  used: string | null
}

/** "Pixel 9 · added 23 November 2026 · last used today, 08:12"; what stands before may be empty. */
export function history(before: string, { added, used }: Since, now: number, language: string, texts: Texts): string {
  const parts = [
    before,
    added && texts.added(date(added, language)),
    used ? texts.used(moment(used, language, now)) : texts.unused,
  ]
  const text = parts.filter(Boolean).join(' · ')
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1)
}

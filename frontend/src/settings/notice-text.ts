import type { Notice } from '../lib/api'
import { pick } from '../lib/problems'
import type { Texts } from './en'

type Told = Pick<Notice, 'kind' | 'actor' | 'subject' | 'detail'>

/** What somebody else does to the account, or to an application: the operator, or the person whom the notice names. */
const acts = new Set([
  'operator_password',
  'operator_reset',
  'operator_recovery',
  'operator_disabled',
  'operator_enabled',
  'password_link_given',
  'sessions_ended',
  'renamed',
  'email_changed',
  'role_changed',
  'application_added',
  'application_changed',
  'application_deleted',
])

/** True if it was not done with the reader's own account. */
export function isByOther({ kind, subject }: Told): boolean {
  return acts.has(kind) || subject !== ''
}

/** Says what happened. */
export function noticeText({ kind, actor, subject, detail }: Told, texts: Texts['notices']): string {
  const words = kind === 'administrator_changed' ? texts.done : kind.startsWith('role_') ? texts.roles : {}
  const names: Record<string, string> = {
    who: actor || texts.theOperator,
    subject,
    detail: pick<string>(words, detail) ?? (detail || texts.noAddress),
  }
  const text = pick<string>(texts.kinds, kind) ?? texts.kinds.other
  return text.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '')
}

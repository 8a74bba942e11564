import type { Notice } from '../lib/api'
import { pick } from '../lib/problems'
import type { Texts } from './en'

type Told = Pick<Notice, 'kind' | 'actor' | 'subject' | 'detail'>

/** What somebody else does to the account, to an application or to a policy: the operator, or the person whom the notice names. */
const acts = new Set([
  'operator_password',
  'operator_reset',
  'operator_recovery',
  'operator_disabled',
  'operator_enabled',
  'password_link_given',
  'help_code_given',
  'exception_given',
  'exception_ended',
  'sessions_ended',
  'renamed',
  'email_changed',
  'role_changed',
  'application_added',
  'application_changed',
  'application_deleted',
  'policy_added',
  'policy_changed',
  'policy_deleted',
])

/** True if it was not done with the reader's own account. */
export function isByOther({ kind, subject }: Told): boolean {
  return acts.has(kind) || subject !== ''
}

/** Says what happened. */
export function noticeText({ kind, actor, subject, detail }: Told, texts: Texts['notices']): string {
  const words = wordsOf(kind, texts)
  const names: Record<string, string> = {
    who: actor || texts.theOperator,
    subject,
    detail: pick<string>(words, detail) ?? (detail || (kind === 'help_refused' ? texts.theOperator : texts.noAddress)),
  }
  const text = pick<string>(texts.kinds, kind) ?? texts.kinds.other
  return text.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '')
}

/** The words that the detail of a notice may be. Others are names, and stay as they are. */
function wordsOf(kind: string, texts: Texts['notices']): Record<string, string> {
  if (kind === 'administrator_changed') return texts.done
  if (kind.startsWith('role_')) return texts.roles
  return kind.startsWith('policy_') ? texts.audiences : {}
}

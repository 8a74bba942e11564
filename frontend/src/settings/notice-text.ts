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
  const names: Record<string, string> = {
    who: actor || texts.theOperator,
    subject,
    detail: kind.startsWith('passkey_') ? keyText(detail, texts) : detailText(kind, detail, texts),
  }
  const text = pick<string>(texts.kinds, kind) ?? texts.kinds.other
  return text.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '')
}

function detailText(kind: string, detail: string, texts: Texts['notices']): string {
  const absent = kind === 'help_refused' ? texts.theOperator : texts.noAddress
  return pick<string>(wordsOf(kind, texts), detail) ?? (detail || absent)
}

/** What a key is called: its notice has the kind, a colon and the name, which may be empty. */
function keyText(detail: string, texts: Texts['notices']): string {
  const colon = detail.indexOf(':')
  const words = pick<Texts['notices']['keys']['passkey']>(texts.keys, detail.slice(0, Math.max(0, colon)))
  const name = detail.slice(colon + 1)
  if (!words) return texts.keys.passkey.nameless
  return name ? words.named(name) : words.nameless
}

/** The words that the detail of a notice may be. Others are names, and stay as they are. */
function wordsOf(kind: string, texts: Texts['notices']): Record<string, string> {
  if (kind === 'administrator_changed') return texts.done
  if (kind.startsWith('role_')) return texts.roles
  return kind.startsWith('policy_') ? texts.audiences : {}
}

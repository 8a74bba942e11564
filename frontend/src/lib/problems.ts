import type { Problem } from './api'
import { i18n } from './i18n.svelte'

/** The failures of a code that was compared. */
const costsTry = new Set(['code_wrong', 'code_used', 'code_replaced'])

/** What a failure means, in one or two sentences of the person's language. */
export function sentence(problem: Problem): string {
  const { problems } = i18n.t
  const known = ofKind(problem) ?? plain(problem.code) ?? ofCode(problem)
  if (known) return `${known} ${triesSentence(problem)}`.trim()
  return problem.request_id ? problems.internalWithId(problem.request_id) : problems.internal
}

/** What is wrong with one field, from the stable word the server uses. */
export function fieldSentence(field: string, reason: string): string {
  const reasons = pick<Record<string, string>>(i18n.t.reasons, field)
  return pick<string>(reasons, reason) ?? i18n.t.problems.plain.invalid
}

/** The moment a wait is over, in milliseconds since 1970; null where there is none. */
export function waitUntil(problem: Partial<Problem> | null | undefined, now: number): number | null {
  return problem?.wait_seconds ? now + problem.wait_seconds * 1000 : null
}

/** The sentence for a code that needs no facts. On the first page only its own are loaded. */
function plain(code: string): string | undefined {
  return pick<string>(i18n.t.problems.plain, code) ?? pick<string>(i18n.t.roomProblems, code)
}

/** A text by the server's word for it, which may be newer than this page. */
export function pick<T>(texts: Record<string, T> | undefined, word: string): T | undefined {
  return texts && Object.hasOwn(texts, word) ? texts[word] : undefined
}

/** The sentence where it matters which kind of code it was: the other kind may still work. */
function ofKind({ code, kind }: Problem): string | undefined {
  return kind && pick<string>(i18n.t.codeProblems.ofKind[kind], code)
}

function ofCode(problem: Problem): string | undefined {
  const texts = i18n.t.codeProblems
  switch (problem.code) {
    case 'code_wrong':
      return clockSentence(problem) ?? texts.code_wrong
    case 'code_used':
      return texts.code_used
    case 'password_wrong':
      return texts.password_wrong
    default:
      return undefined
  }
}

/** How many tries are left, where a failure says so. */
export function triesSentence({ code, tries_left, wait_seconds, offered }: Problem): string {
  const texts = i18n.t.codeProblems
  if (code === 'password_wrong') return typeof tries_left === 'number' ? texts.passwordTriesLeft(tries_left) : ''
  if (!costsTry.has(code)) return ''
  if (wait_seconds) return texts.waitFirst
  if (typeof tries_left !== 'number' || tries_left <= 0) return ''
  return offered ? texts.keyTriesLeft(tries_left) : texts.triesLeft(tries_left)
}

/** Names a clock that is off; the server tells it only where that gives nothing away. */
function clockSentence({ clock_offset_seconds: offset }: Problem): string | undefined {
  if (!offset) return undefined
  const minutes = Math.max(1, Math.round(Math.abs(offset) / 60))
  return offset < 0 ? i18n.t.codeProblems.clockSlow(minutes) : i18n.t.codeProblems.clockFast(minutes)
}

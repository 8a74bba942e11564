// Turns a failure into one sentence. The sentences stand in the texts, one for
// each code: a code without a sentence does not compile. The server's own words
// (title and detail) are never shown.
import type { Code, Problem } from './api'
import { laterTexts, sharedTexts } from './texts'

/** The codes that the first page can meet. Their sentences are loaded with it. */
type FirstCode =
  | 'busy'
  | 'credentials_wrong'
  | 'cross_site'
  | 'csrf'
  | 'internal'
  | 'invalid'
  | 'misdirected'
  | 'network'
  | 'no_space'
  | 'not_arrived'
  | 'request_timeout'
  | 'sign_in_wait'
  | 'unavailable'

/**
 * One sentence, or one for each kind of code, since the other kind may still
 * work. Where only the app is asked for a code, totpOnly does not point to backup
 * codes.
 */
type Sentence = string | { totp: string; backup?: string; help?: string; totpOnly?: string }

export type FirstProblems = Record<FirstCode, string>
export type LaterProblems = Record<Exclude<Code, FirstCode>, Sentence>

/** The failures after which the server has counted a try. */
const costsTry = new Set<Code>(['code_wrong', 'code_used', 'code_replaced'])

/** Says what a failure means and what to do, in the person's language. */
export function sentence(problem: Problem): string {
  const known = clockSentence(problem) ?? ofCode(problem)
  const { problems, requestId } = sharedTexts.t
  if (!known || problem.code === 'internal') {
    return join(problems.internal, problem.request_id && requestId(problem.request_id))
  }
  return join(known, triesSentence(problem), checkTime(problem))
}

/** Says what is wrong with one field, from the server's word for it. Only password fields have different labels. */
export function fieldSentence(field: string, reason: string, label = sharedTexts.t.password): string {
  type Reasons = Record<string, string | ((label: string) => string)>
  const found = pick(pick<Reasons>(laterTexts.t.reasons, field), reason)
  return (typeof found === 'function' ? found(label) : found) ?? sharedTexts.t.problems.invalid
}

/** Returns when a wait is over, in milliseconds since 1970; null if there is none. */
export function waitUntil(problem: Partial<Problem> | null | undefined, now: number): number | null {
  return problem?.wait_seconds ? now + problem.wait_seconds * 1000 : null
}

/** Returns the text for a word of the server. The word may be newer than this page. */
export function pick<T>(texts: Record<string, T> | undefined, word: string): T | undefined {
  return texts && Object.hasOwn(texts, word) ? texts[word] : undefined
}

/** Says how many tries are left, if the failure says so. */
export function triesSentence({ code, tries_left, wait_seconds, offered }: Problem): string {
  const { tries } = laterTexts.t
  if (code === 'password_wrong') return typeof tries_left === 'number' ? tries.leftForPassword(tries_left) : ''
  if (!costsTry.has(code)) return ''
  if (wait_seconds) return tries.wait
  if (typeof tries_left !== 'number' || tries_left <= 0) return ''
  return offered ? tries.leftForKey(tries_left) : tries.left(tries_left)
}

function ofCode({ code, kind }: Problem): string | undefined {
  const found = pick<Sentence>(sharedTexts.t.problems, code) ?? pick<Sentence>(laterTexts.t.problems, code)
  if (typeof found !== 'object') return found
  return (kind === undefined ? found.totpOnly : found[kind]) ?? found.totp
}

/** Names a clock that is off. The server tells it only if that helps nobody to guess. */
function clockSentence({ code, clock_offset_seconds: offset }: Problem): string | undefined {
  if (code !== 'code_wrong' || !offset) return undefined
  const minutes = Math.max(1, Math.round(Math.abs(offset) / 60))
  return offset < 0 ? laterTexts.t.clock.slow(minutes) : laterTexts.t.clock.fast(minutes)
}

/** Helps with a phone that is fast. The server never says so at a sign-in, so every wrong code gets it. */
function checkTime({ code, kind, clock_offset_seconds: offset }: Problem): string {
  return code === 'code_wrong' && kind !== 'backup' && kind !== 'help' && !offset ? laterTexts.t.clock.check : ''
}

function join(...sentences: (string | undefined)[]): string {
  return sentences.filter(Boolean).join(' ')
}

// The JSON API: one function per endpoint, one error class.
//
// Each change carries the fixed header that only our own page can set, and the
// token bound to the session. No secret is kept here.
import type { Client } from 'openapi-fetch'
import type { CodeKind } from './code'
import type { components, paths } from './schema'

/** The answer of an endpoint that succeeds. */
export type Answer<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  responses: { 200: { content: { 'application/json': infer Body } } }
}
  ? Body
  : never

export type Session = Answer<'/api/session', 'get'>
/** A help code that was given for the account, and is not over. */
/** What a policy asks of one person. */
export type Obligation = NonNullable<Session['obligation']>
export type Account = NonNullable<Session['account']>
export type Notice = NonNullable<Session['notices']>[number]
export type TwoFactor = Answer<'/api/two-factor', 'get'>
export type Enrollment = Answer<'/api/two-factor/enrollment', 'post'>
export type BackupCodes = NonNullable<TwoFactor['backup_codes']>
export type ProfileChange = { display_name?: string; language?: '' | 'en' | 'de'; theme?: '' | 'day' | 'night' }
/** What a step-up still wants: app_code is a code of the app or a backup code, key a phishing-resistant key or a backup code. */
export type Factor = 'password' | 'code' | 'app_code' | 'key'
export type Way = Session['ways'][number]
export type KeyKind = 'passkey' | 'hardware_key'

/** The codes of the server, and those of failures that only the pages know. */
export type Code =
  | components['schemas']['Problem']['code']
  | 'codes_not_shown'
  | 'key_cancelled'
  | 'key_insecure'
  | 'key_not_made'
  | 'key_timeout'
  | 'key_unsupported'
  | 'mailed_code_wrong'
  | 'network'
  | 'not_arrived'

/** What the pages use of a problem (RFC 9457). */
export interface Problem {
  code: Code
  tries_left?: number | null
  wait_seconds?: number | null
  clock_offset_seconds?: number | null
  need?: Factor[] | null
  errors?: { pointer: string; reason: string }[] | null
  request_id?: string
  /** Which kind of code was sent. The page adds it. */
  kind?: CodeKind | 'help'
  /** True if the code was for a key that is not in use yet: too many wrong codes end that key. The page adds it. */
  offered?: boolean
}

const TIMEOUT = 30_000

export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.code)
    this.name = 'ApiError'
    this.problem = problem
  }

  get code(): Code {
    return this.problem.code
  }

  /** True if nobody knows whether the request has reached the server. */
  get unknownOutcome(): boolean {
    return this.code === 'network'
  }
}

let csrf = ''
let stateChanged: () => void = () => {}

/** Sets the token that every later change carries. */
export function useCsrf(token: string) {
  csrf = token
}

/** Sets what runs when an answer shows that the page's copy of the session is out of date. */
export function onStateChanged(callback: () => void) {
  stateChanged = callback
}

const outOfDate = new Set<Code>([
  'signed_out',
  'pending_ended',
  'second_factor_owed',
  'set_up_owed',
  'password_change_owed',
  'csrf',
])

const once = (request: Request) => fetch(request, { signal: AbortSignal.timeout(TIMEOUT), cache: 'no-store' })

let patience: () => Promise<typeof import('./patience.svelte')>

/** Sets what loads the module that sends a request again. Few people need it. */
export function usePatience(load: typeof patience) {
  patience = load
}

/** Sends a request until the server has time for it. */
async function patiently(request: Request) {
  const copy = request.clone()
  const answer = await once(request)
  return answer.status === 503 ? (await patience()).again(copy, answer, once) : answer
}

interface Options {
  params?: { path?: Record<string, string | number>; query?: Record<string, string | number> }
  body?: unknown
  headers?: Record<string, string>
  fetch?: typeof once
}

const call =
  (method: string) =>
  async (path: string, { params = {}, body, headers = {}, fetch = patiently }: Options = {}) => {
    const url = new URL(
      path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params.path?.[name] ?? '')),
      location.href,
    )
    for (const [name, value] of Object.entries(params.query ?? {})) url.searchParams.set(name, String(value))
    const request = new Request(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    if (method !== 'GET') {
      request.headers.set('X-Requested-With', 'imagemaster')
      if (csrf) request.headers.set('X-CSRF-Token', csrf)
      if (method !== 'DELETE') request.headers.set('Content-Type', 'application/json')
    }
    const response = await fetch(request)
    const answer = response.status === 204 ? undefined : await response.text()
    return response.ok ? { data: answer && JSON.parse(answer), response } : { error: parsed(answer), response }
  }

function parsed(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // of a proxy
  }
}

/** The types are those of openapi-fetch, whose code would cost the first page 2 KB. */
export const client = {
  GET: call('GET'),
  POST: call('POST'),
  PUT: call('PUT'),
  PATCH: call('PATCH'),
  DELETE: call('DELETE'),
} as unknown as Pick<Client<paths>, 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'>

interface Result<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Sends a request; every failure becomes an ApiError. */
export async function send<T>(request: Promise<Result<T>>): Promise<T> {
  let result: Result<T>
  try {
    result = await request
  } catch {
    throw new ApiError({ code: 'network' })
  }
  if (result.response.ok) return result.data as T
  const error = new ApiError(toProblem(result.error))
  if (outOfDate.has(error.code)) stateChanged()
  throw error
}

function toProblem(body: unknown): Problem {
  const known = typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
  return known ? (body as Problem) : { code: 'internal' }
}

/** Asks who is signed in. Only the patient wait for a server that is busy. */
export const getSession = ({ background, patient }: { background: boolean; patient: boolean }) =>
  send(
    client.GET('/api/session', {
      headers: background ? { 'X-Background': '1' } : {},
      fetch: patient ? patiently : once,
    }),
  )

export const signIn = (username: string, password: string) =>
  send(client.POST('/api/sign-in', { body: { username, password } }))

export const changeProfile = (body: ProfileChange) => send(client.PATCH('/api/profile', { body }))

// The JSON API: one function per endpoint, one error class.
//
// Each request carries the fixed header that only our own page can set, and
// the token bound to the session. Secrets are never kept here.
import createClient, { type Middleware } from 'openapi-fetch'
import type { CodeKind } from './code'
import type { paths } from './schema'

/** What an endpoint answers when all is well. */
export type Answer<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  responses: { 200: { content: { 'application/json': infer Body } } }
}
  ? Body
  : never

export type Session = Answer<'/api/session', 'get'>
export type Account = NonNullable<Session['account']>
export type Notice = NonNullable<Session['notices']>[number]
export type TwoFactor = Answer<'/api/two-factor', 'get'>
export type Enrollment = Answer<'/api/two-factor/enrollment', 'post'>
export type BackupCodes = NonNullable<TwoFactor['backup_codes']>
export type ProfileChange = { display_name?: string; language?: '' | 'en' | 'de'; theme?: '' | 'day' | 'night' }
export type Factor = 'password' | 'code'

/** What the server says of a failure (RFC 9457), as far as the pages use it. */
export interface Problem {
  code: string
  tries_left?: number | null
  wait_seconds?: number | null
  clock_offset_seconds?: number | null
  need?: Factor[] | null
  errors?: { pointer: string; reason: string }[] | null
  request_id?: string
  /** Which kind of code it was about; added on this side. */
  kind?: CodeKind
  /** True where wrong codes end a key that is not in use yet, and make nobody wait; added on this side. */
  offered?: boolean
}

/** The codes that have no answer of the server behind them. */
const NETWORK = 'network'
const INTERNAL = 'internal'

const TIMEOUT = 30_000

export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.code)
    this.name = 'ApiError'
    this.problem = problem
  }

  get code(): string {
    return this.problem.code
  }

  /** True when nobody knows whether the request arrived. */
  get unknownOutcome(): boolean {
    return this.code === NETWORK
  }
}

let csrf = ''
let stateChanged: () => void = () => {}

/** Sets the token which every later change carries. */
export function useCsrf(token: string) {
  csrf = token
}

/** Sets what happens when an answer shows that the page's idea of the session is out of date. */
export function onStateChanged(callback: () => void) {
  stateChanged = callback
}

const outOfDate = new Set([
  'signed_out',
  'pending_ended',
  'second_factor_owed',
  'set_up_owed',
  'password_change_owed',
  'csrf',
])

const headers: Middleware = {
  onRequest({ request }) {
    if (request.method === 'GET') return
    request.headers.set('X-Requested-With', 'imagemaster')
    if (csrf) request.headers.set('X-CSRF-Token', csrf)
    if (request.method !== 'DELETE') request.headers.set('Content-Type', 'application/json')
  },
}

export const client = createClient<paths>({
  baseUrl: location.origin,
  fetch: (request) => fetch(request, { signal: AbortSignal.timeout(TIMEOUT), cache: 'no-store' }),
})
client.use(headers)

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
    throw new ApiError({ code: NETWORK })
  }
  if (result.response.ok) return result.data as T
  const error = new ApiError(toProblem(result.error))
  if (outOfDate.has(error.code)) stateChanged()
  throw error
}

function toProblem(body: unknown): Problem {
  const known = typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
  return known ? (body as Problem) : { code: INTERNAL }
}

export const getSession = (background: boolean) =>
  send(client.GET('/api/session', { headers: background ? { 'X-Background': '1' } : {} }))
export const signOut = () => send(client.DELETE('/api/session'))

export const signIn = (username: string, password: string) =>
  send(client.POST('/api/sign-in', { body: { username, password } }))
export const cancelSignIn = () => send(client.DELETE('/api/sign-in'))

export const changeProfile = (body: ProfileChange) => send(client.PATCH('/api/profile', { body }))

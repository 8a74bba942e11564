// The endpoints that the first page does not call. They are not in api.ts, so that
// the first page does not load them.
import { type Answer, client, type KeyKind, send } from './api'
import type { components } from './schema'

export * from './api'

export type NewCodes = Answer<'/api/two-factor/backup-codes', 'post'>
export type SavedCode = Answer<'/api/two-factor/backup-codes/check', 'post'>
export type Paper = 'a4' | 'letter'
export type SessionItem = Answer<'/api/sessions', 'get'>['sessions'][number]
export type ActivityPage = Answer<'/api/activity', 'get'>
export type ActivityEvent = ActivityPage['events'][number]
export type WelcomeLink = Answer<'/api/welcome/look', 'post'>
export type OpenView = Answer<'/api/open', 'post'>
export type OpenRequest = components['schemas']['OpenRequest']
export type Key = Answer<'/api/two-factor', 'get'>['keys'][number]
export type NewKey = Answer<'/api/two-factor/keys', 'post'>
export type PauseLength = 'hour' | 'day' | 'week' | 'open'

export const getSetup = () => send(client.GET('/api/setup'))
export const createAdministrator = (body: {
  token: string
  username: string
  password: string
  display_name: string
}) => send(client.POST('/api/setup', { body }))

/** Whose link it is. The token is the part of the link after #. */
export const lookAtLink = (token: string) => send(client.POST('/api/welcome/look', { body: { token } }))
export const choosePassword = (token: string, password: string) =>
  send(client.POST('/api/welcome', { body: { token, password } }))

export const verifySignIn = (code: string) => send(client.POST('/api/sign-in/verify', { body: { code } }))
export const useHelpCode = (code: string) => send(client.POST('/api/sign-in/help-code', { body: { code } }))
export const cancelSignIn = () => send(client.DELETE('/api/sign-in'))
export const extendSignIn = () => send(client.POST('/api/sign-in/extend'))

export const signOut = () => send(client.DELETE('/api/session'))
export const stepUp = (body: { password?: string; code?: string; answer?: string }) =>
  send(client.POST('/api/session/step-up', { body }))
/** Says that nobody asked for the help code: it ends, and nobody may help this account for a day. */
export const refuseHelp = () => send(client.DELETE('/api/help-code'))
export const dismissNotice = (id: number) => send(client.DELETE('/api/notices/{id}', { params: { path: { id } } }))

/** Asks for a key at the sign-in; the answer goes to verifyKey. */
export const askSignInKey = (kind: KeyKind) => send(client.POST('/api/sign-in/key/ask', { body: { kind } }))
export const verifyKey = (answer: string) => send(client.POST('/api/sign-in/key', { body: { answer } }))
/** Asks for a key in a session; the answer goes to stepUp or enableTwoFactor. */
export const askKey = (kind: KeyKind, resistant = false) =>
  send(client.POST('/api/session/key/ask', { body: { kind, resistant } }))
export const makeKey = (kind: KeyKind) => send(client.POST('/api/two-factor/keys/make', { body: { kind } }))
export const addKey = (answer: string) => send(client.POST('/api/two-factor/keys', { body: { answer } }))
export const renameKey = (id: number, name: string) =>
  send(client.PATCH('/api/two-factor/keys/{id}', { params: { path: { id } }, body: { name } }))
export const removeKey = (id: number) => send(client.DELETE('/api/two-factor/keys/{id}', { params: { path: { id } } }))
export const removeApp = () => send(client.DELETE('/api/two-factor/app'))
/** Removes a new key that the person has not added, and signs everybody else out. */
export const refuseKey = (id: number) =>
  send(client.DELETE('/api/two-factor/new-keys/{id}', { params: { path: { id } } }))

export const getTwoFactor = () => send(client.GET('/api/two-factor'))
export const renamePhone = (phone_name: string) => send(client.PATCH('/api/two-factor', { body: { phone_name } }))
export const beginEnrollment = () => send(client.POST('/api/two-factor/enrollment'))
export const extendEnrollment = () => send(client.POST('/api/two-factor/enrollment/extend'))
export const cancelEnrollment = () => send(client.DELETE('/api/two-factor/enrollment'))
export const confirmEnrollment = (code: string, phone_name: string) =>
  send(client.POST('/api/two-factor/enrollment/confirm', { body: { code, phone_name } }))

export const pauseTwoFactor = (length: PauseLength) =>
  send(client.POST('/api/two-factor/disable', { body: { mode: 'pause', for: length } }))
export const removeFactors = () => send(client.POST('/api/two-factor/disable', { body: { mode: 'remove' } }))
/** Ends a pause with a code of the app, or with the answer of a key. */
export const enableTwoFactor = (body: { code: string } | { answer: string }) =>
  send(client.POST('/api/two-factor/enable', { body }))
export const setNoticeAddress = (email: string, language: 'en' | 'de') =>
  send(client.PUT('/api/notice-address', { body: { email, language } }))
export const confirmNoticeAddress = (code: string) =>
  send(client.POST('/api/notice-address/confirm', { body: { code } }))

export const generateBackupCodes = (paper: Paper, language: 'en' | 'de') =>
  send(client.POST('/api/two-factor/backup-codes', { body: { paper, language } }))
export const confirmBackupCodes = (number: number) =>
  send(client.POST('/api/two-factor/backup-codes/confirm', { body: { number } }))
export const checkBackupCode = (code: string) =>
  send(client.POST('/api/two-factor/backup-codes/check', { body: { code } }))

export const changePassword = (current_password: string, password: string) =>
  send(client.PUT('/api/password', { body: { current_password, password } }))

export const getProfile = () => send(client.GET('/api/profile'))
/** Chooses the confirmed address for notices as the one that applications see, or none. */
export const chooseEmail = (use_notice_address: boolean) =>
  send(client.PUT('/api/profile/email', { body: { use_notice_address } }))

export const getSessions = () => send(client.GET('/api/sessions'))
export const endSession = (id: number) => send(client.DELETE('/api/sessions/{id}', { params: { path: { id } } }))
export const endOtherSessions = () => send(client.DELETE('/api/sessions'))

/** Reads a page of events that are older than the one with the id; null = from the newest. */
export const getActivity = (before: number | null) =>
  send(client.GET('/api/activity', { params: { query: before === null ? {} : { before } } }))

/** Asks to open an application; answers whether that is possible now, and where to go. */
export const openApplication = (body: OpenRequest) => send(client.POST('/api/open', { body }))
export const getOwnApplications = async () => (await send(client.GET('/api/own-applications'))).applications

// The endpoints of helpers and administrators. Only their pages load them.
import { type Answer, client, send } from './api'

export * from './api'

export type PersonItem = Answer<'/api/people', 'get'>['people'][number]
export type Person = Answer<'/api/people/{id}', 'get'>
export type Act = NonNullable<Person['may']>[number]
export type Role = Person['role']
export type Link = Answer<'/api/people/{id}/password-link', 'post'>
export type TablePreview = Answer<'/api/people/import/check', 'post'>
export type TableFault = TablePreview['faults'][number]
export type Imported = Answer<'/api/people/import', 'post'>
export type MembersPage = Answer<'/api/groups/{id}/members', 'get'>
export type Member = MembersPage['members'][number]
export type Filter = '' | 'no_second_factor' | 'no_codes' | 'never_signed_in' | 'disabled'
export type ApplicationsPage = Answer<'/api/applications', 'get'>
export type Application = ApplicationsPage['applications'][number]
export type Rule = Application['rules'][number]
export type Trial = Answer<'/api/applications/try', 'post'>
export type GivenHelpCode = Answer<'/api/people/{id}/help-code', 'post'>
export type PoliciesPage = Answer<'/api/policies', 'get'>
export type Policy = PoliciesPage['policies'][number]
export type Exception = PoliciesPage['exceptions'][number]
export type DryRun = Answer<'/api/policies/try', 'post'>
export type ProxySettings = Answer<'/api/applications/{id}/proxy', 'get'>
type Language = 'en' | 'de'

/** Which people a list holds. */
export interface PeopleQuery {
  search: string
  filter: Filter
  /** The id of a group; 0 = everybody. */
  group: number
}

/** Reads a page of people; after is that of the page before, null = from the beginning. */
export const getPeople = (query: PeopleQuery, after: string | null) =>
  send(client.GET('/api/people', { params: { query: { ...query, ...(after !== null && { after }) } } }))
export const exportPeople = (format: 'csv' | 'json', query: PeopleQuery) =>
  send(client.POST('/api/people/export', { body: { format, ...query } }))

const of = (id: number) => ({ params: { path: { id } } })

export const getPerson = (id: number) => send(client.GET('/api/people/{id}', of(id)))
/** Reads a page of events of a person; null = from the newest. */
export const getPersonActivity = (id: number, before: number | null) =>
  send(
    client.GET('/api/people/{id}/activity', {
      params: { path: { id }, query: before === null ? {} : { before } },
    }),
  )
export const endPersonSession = (id: number, session: number) =>
  send(client.DELETE('/api/people/{id}/sessions/{session}', { params: { path: { id, session } } }))
export const endPersonSessions = (id: number) => send(client.DELETE('/api/people/{id}/sessions', of(id)))
export const givePasswordLink = (id: number, language: Language) =>
  send(client.POST('/api/people/{id}/password-link', { ...of(id), body: { language } }))
export const renewInvitation = (id: number, hours: number, language: Language) =>
  send(client.POST('/api/people/{id}/invitation', { ...of(id), body: { hours, language } }))
export const disablePerson = (id: number) => send(client.POST('/api/people/{id}/disable', of(id)))
export const enablePerson = (id: number) => send(client.POST('/api/people/{id}/enable', of(id)))
export const removePersonFactor = (id: number, reason: string) =>
  send(client.POST('/api/people/{id}/remove-second-factor', { ...of(id), body: { reason } }))
/** Gives a code with which, and with the password, the person sets up a new phone. */
export const giveHelpCode = (id: number, reason: string, minutes: number) =>
  send(client.POST('/api/people/{id}/help-code', { ...of(id), body: { reason, minutes } }))
export const giveException = (id: number, reason: string, ends_at: string) =>
  send(client.PUT('/api/people/{id}/exception', { ...of(id), body: { reason, ends_at } }))
export const endException = (id: number) => send(client.DELETE('/api/people/{id}/exception', of(id)))
export const renamePerson = (id: number, username: string, display_name: string) =>
  send(client.PUT('/api/people/{id}/name', { ...of(id), body: { username, display_name } }))
export const setPersonEmail = (id: number, email: string) =>
  send(client.PUT('/api/people/{id}/email', { ...of(id), body: { email } }))
export const setPersonRole = (id: number, role: Role) =>
  send(client.PUT('/api/people/{id}/role', { ...of(id), body: { role } }))
export const setPersonGroups = (id: number, groups: string[]) =>
  send(client.PUT('/api/people/{id}/groups', { ...of(id), body: { groups } }))
export const deletePerson = (id: number, username: string) =>
  send(client.POST('/api/people/{id}/delete', { ...of(id), body: { username } }))

export interface Invitation {
  username: string
  display_name: string
  email: string
  groups: string[]
  hours: number
  language: Language
}

export const invite = (body: Invitation) => send(client.POST('/api/people', { body }))
export const checkTable = (csv: string) => send(client.POST('/api/people/import/check', { body: { csv } }))
export const importTable = (csv: string, hours: number, language: Language) =>
  send(client.POST('/api/people/import', { body: { csv, hours, language } }))

export const getGroups = async () => (await send(client.GET('/api/groups'))).groups
export const createGroup = (name: string, description: string) =>
  send(client.POST('/api/groups', { body: { name, description } }))
export const changeGroup = (id: number, name: string, description: string) =>
  send(client.PUT('/api/groups/{id}', { ...of(id), body: { name, description } }))
export const deleteGroup = (id: number) => send(client.DELETE('/api/groups/{id}', of(id)))
/** Reads a page of members; after is that of the page before, null = from the beginning. */
export const getMembers = (id: number, after: string | null) =>
  send(client.GET('/api/groups/{id}/members', { params: { path: { id }, query: after === null ? {} : { after } } }))
export const joinGroup = (id: number, usernames: string[]) =>
  send(client.POST('/api/groups/{id}/members', { ...of(id), body: { usernames } }))
export const leaveGroup = (id: number, account: number) =>
  send(client.DELETE('/api/groups/{id}/members/{account}', { params: { path: { id, account } } }))

/** What a change of an application sends: all of it. */
export type ApplicationBody = Pick<Application, 'name' | 'addresses' | 'rules' | 'revision'>

export const getApplications = () => send(client.GET('/api/applications'))
export const createApplication = (body: ApplicationBody) => send(client.POST('/api/applications', { body }))
export const getApplication = (id: number) => send(client.GET('/api/applications/{id}', of(id)))
export const changeApplication = (id: number, { name, addresses, rules, revision }: ApplicationBody) =>
  send(client.PUT('/api/applications/{id}', { ...of(id), body: { name, addresses, rules, revision } }))
export const deleteApplication = (id: number) => send(client.DELETE('/api/applications/{id}', of(id)))
/** Says what would happen to a request; without a user name, to that of somebody who is not signed in. */
export const tryApplication = (address: string, method: string, username: string) =>
  send(client.POST('/api/applications/try', { body: { address, method, username } }))
export const getProxySettings = (id: number) => send(client.GET('/api/applications/{id}/proxy', of(id)))

/** What a policy says: whom it asks, for what, from when, and how many days they have. */
export type PolicyBody = Pick<Policy, 'audience' | 'minimum' | 'groups' | 'starts_at' | 'grace_days'>

export const getPolicies = () => send(client.GET('/api/policies'))
export const createPolicy = (body: PolicyBody) => send(client.POST('/api/policies', { body }))
export const changePolicy = (id: number, body: PolicyBody) =>
  send(client.PUT('/api/policies/{id}', { ...of(id), body }))
export const deletePolicy = (id: number) => send(client.DELETE('/api/policies/{id}', of(id)))
/** Says whom a policy would affect; 0 is the id of a new one. */
export const tryPolicy = (id: number, body: PolicyBody) =>
  send(client.POST('/api/policies/try', { body: { id, ...body } }))

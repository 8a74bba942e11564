// The endpoints of administrators for auditors. Only their pages load them.
import { type Answer, client, send } from './api'

export type AccountEvent = Answer<'/api/events', 'get'>['events'][number]
export type Report = Answer<'/api/report', 'get'>

/** Which events of everybody; empty members narrow nothing. */
export interface EventsQuery {
  /** A user name, or the id of an account. */
  person: string
  /** The same of a helper or an administrator: only what that person did. */
  by: string
  kind: string
  /** An address, or a network such as 192.0.2.0/24. */
  address: string
  /** The first moment, and the first one that is too late: RFC 3339. */
  since: string
  until: string
}

/** Reads a page of events; before is that of the page before, null = from the newest. */
export const getEvents = (query: EventsQuery, before: string | null) =>
  send(client.GET('/api/events', { params: { query: { ...query, ...(before !== null && { before }) } } }))
export const exportEvents = (format: 'csv' | 'json', query: EventsQuery) =>
  send(client.POST('/api/events/export', { body: { format, ...query } }))
export const getReport = (days: number) => send(client.GET('/api/report', { params: { query: { days } } }))
export const exportReport = (format: 'csv' | 'json', days: number) =>
  send(client.POST('/api/report/export', { body: { format, days } }))

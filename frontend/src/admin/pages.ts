import type { Component } from 'svelte'
import type { Catalog } from '../lib/i18n.svelte'
import { activityTexts, obligationTexts } from '../lib/later-texts'
import {
  adminTexts,
  applicationTexts,
  eventTexts,
  groupTexts,
  inviteTexts,
  personTexts,
  policyTexts,
  reportTexts,
} from './texts'

/** How a page is loaded, and the texts that it needs. */
interface Page<Props extends Record<string, unknown>> {
  load: () => Promise<{ default: Component<Props> }>
  texts: Catalog<object>[]
  /** True for pages that helpers may not open. */
  administrators?: boolean
}

const pages: Record<string, Page<Record<string, never>>> = {
  '/people': { load: () => import('./People.svelte'), texts: [adminTexts] },
  '/people/new': { load: () => import('./Invite.svelte'), texts: [adminTexts, inviteTexts] },
  '/people/import': { load: () => import('./Import.svelte'), texts: [adminTexts, inviteTexts] },
  '/groups': { load: () => import('./Groups.svelte'), texts: [adminTexts, groupTexts] },
  '/applications': {
    load: () => import('./Applications.svelte'),
    texts: [adminTexts, applicationTexts],
    administrators: true,
  },
  '/policy': { load: () => import('./Policies.svelte'), texts: [adminTexts, policyTexts], administrators: true },
  '/events': {
    load: () => import('./Events.svelte'),
    texts: [adminTexts, eventTexts, activityTexts],
    administrators: true,
  },
  '/report': {
    load: () => import('./Report.svelte'),
    texts: [adminTexts, reportTexts, activityTexts],
    administrators: true,
  },
}

/** The pages of one person, one group and one application. */
const single: Record<string, Page<{ id: number }>> = {
  people: {
    load: () => import('./Person.svelte'),
    texts: [adminTexts, personTexts, activityTexts, obligationTexts],
  },
  groups: { load: () => import('./Group.svelte'), texts: [adminTexts, groupTexts] },
  applications: {
    load: () => import('./Application.svelte'),
    texts: [adminTexts, applicationTexts],
    administrators: true,
  },
}

/** Returns the page at an address; that of one person, group or application with its id. */
export function pageOf(address: string) {
  const path = address.toLowerCase().replace(/\/$/, '')
  const [, list, id] = /^\/(people|groups|applications)\/([1-9]\d{0,15})$/.exec(path) ?? []
  return { page: pages[path], one: list ? single[list] : undefined, id: Number(id ?? 0) }
}

import { plural } from '../lib/plural'

export const texts = {
  people: 'People',
  back: 'All people',
  lead: 'Who can sign in, and who is protected by a second factor.',
  /** Instead of a page. */
  closed: {
    title: 'Administration',
    factor: 'These pages need two-factor authentication. Set it up for your own account first.',
    setUp: 'Set up two-factor authentication',
    code: 'Your account has a second factor, but you have signed in without it. Enter a code to open these pages.',
    enter: 'Enter a code',
  },

  search: 'Search people',
  filter: 'Show',
  filters: {
    all: 'Everybody',
    no_second_factor: 'Without second factor',
    no_codes: 'No codes left',
    never_signed_in: 'Never signed in',
    disabled: 'Disabled',
  },
  groupFilter: (name: string) => `Group ${name}`,
  invite: 'Invite',
  import: 'Import',
  export: 'Export',
  exportTitle: 'Export this list',
  exportText: 'The file holds everybody in the list as it is shown now, with e-mail addresses. Keep it safe.',
  exportAs: 'File format',
  formats: { csv: 'CSV, for spreadsheets', json: 'JSON, for programs' },
  exported: 'The file was downloaded.',
  table: 'People',
  heads: { name: 'Name', role: 'Role', groups: 'Groups', factor: 'Second factor', signIn: 'Last sign-in' },
  none: 'Nobody was found. Change the search or what is shown.',
  nobody: 'There is nobody here yet.',
  more: 'Show more',
  all: 'This is everybody.',
  found: (n: number, more: boolean) =>
    more ? `The first ${n} people are shown.` : plural(n, '1 person is shown.', `${n} people are shown.`),

  roles: { person: 'Person', helper: 'Helper', administrator: 'Administrator' },
  noFactor: 'None',
  /** What stands in a list. */
  factors: { app: 'app', passkey: 'passkey', hardware_key: 'hardware key' },
  /** Behind the factors, where not all is well. */
  factorStates: { paused: 'paused', dead: 'blocked', unreadable: 'unreadable', elsewhere: 'old address' },
  codes: (n: number) => plural(n, '1 code', `${n} codes`),
  noCodes: 'No codes left',
  states: { enabled: '', disabled: 'Disabled', invited: 'Invited' },
  never: 'Never',
  fields: {
    username: 'User name',
    display_name: 'Full name',
    email: 'E-mail',
    groups: 'Groups',
    role: 'Role',
  },
}

export type Texts = typeof texts

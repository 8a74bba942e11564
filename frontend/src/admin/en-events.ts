import { plural } from '../lib/plural'

export const texts = {
  title: 'All activity',
  lead: 'What happened to all accounts and to the server, newest first.',
  person: 'Person (user name)',
  by: 'Done by (user name)',
  kind: 'What happened',
  address: 'Address or network',
  since: 'From',
  until: 'To',
  all: 'Everything',
  search: 'Search',
  everything: 'Clear',
  export: 'Export',
  none: 'Nothing was found. Change the search.',
  found: (n: number, more: boolean) =>
    more ? `The newest ${n} events are shown.` : plural(n, '1 event is shown.', `${n} events are shown.`),
  deleted: (id: number) => `Deleted account ${id}`,
  exportTitle: 'Export these events',
  exportText: 'The file holds all events that were found, with names and addresses. Keep it safe.',
  tooMany: 'These are more than 50,000 events. Narrow the time, or use the command imagemaster audit export.',
  /** Kinds of which some failed, and long ones. */
  kinds: {
    password: 'Password at sign-in',
    second_factor: 'Second factor at sign-in',
    step_up_password: 'Confirmation with the password',
    step_up_code: 'Confirmation with a code',
    step_up_key: 'Confirmation with a passkey or hardware key',
    passkey_added: 'Passkey or hardware key added',
    passkey_renamed: 'Passkey or hardware key renamed',
    passkey_removed: 'Passkey or hardware key removed',
    passkey_refused: '“Not me” about a new passkey or hardware key',
    enrollment_code: 'First code of a new key',
    notice_address_code: 'Code for a new address',
    password_known: 'Right password, no right second factor',
    notification_sent: 'Security mail sent',
    notification_failed: 'Security mail not delivered',
  },
  /** What is wrong with a field, by the word of the server. */
  reasons: {
    unknown: 'There is no account with that user name.',
    not_allowed: 'Address: enter one such as 192.0.2.7, or a network such as 192.0.2.0/24.',
  },
}

export type Texts = typeof texts

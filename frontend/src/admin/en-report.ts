import { plural } from '../lib/plural'

export const texts = {
  title: 'Report',
  lead: 'Whom the second factor covers, and who was helped back in.',
  time: 'Events of the last',
  days: (n: number) => `${n} days`,
  export: 'Export',
  exportTitle: 'Export the report',
  exportText: 'The file holds the whole report, and each person with second factor and groups. Keep it safe.',
  tooMany: 'A list of this report is longer than a file may hold. Choose fewer days.',
  shortened: 'Long lists are cut here. The export has all entries.',

  people: 'People',
  numbers: {
    total: 'Accounts',
    enabled: 'Enabled',
    invited: 'Invited',
    disabled: 'Disabled',
    with_factor: 'With second factor',
    without_factor: 'Without second factor',
    paused: 'Paused',
    with_app: 'With app',
    with_passkey: 'With passkey',
    with_hardware_key: 'With hardware key',
    dead: 'App blocked after wrong codes',
    unreadable: 'Key of the app unreadable',
    elsewhere: 'Only keys of the old address',
    without_codes: 'No backup codes left',
    never_signed_in: 'Never signed in',
  },
  counted:
    'Only enabled accounts are counted here, not invited people, who have no password yet. A paused second factor does not count.',

  coverage: 'Coverage',
  coverageHeads: { who: 'Who', covered: 'With second factor', members: 'People', percent: 'Share' },
  everybody: 'Everybody',
  staff: 'Helpers and administrators',

  exceptions: 'Exceptions',
  exceptionHeads: { who: 'Person', reason: 'Reason', by: 'Given by', until: 'Until' },
  noExceptions: 'Nobody is excepted.',

  lockOuts: 'Lock-outs',
  lockHeads: { who: 'Person', what: 'Not accepted', where: 'From' },
  nobodyLocked: 'Codes are accepted from everybody.',
  helpBy: (name: string) => `Help given by ${name}`,
  methods: { totp: 'Codes from the app', backup: 'Backup codes', help: 'Help codes' },
  lanes: { known: 'Own browsers', unknown: 'Other browsers' },
  heldBack: (n: number) => plural(n, '1 try was held back in this time.', `${n} tries were held back in this time.`),
  heldHeads: { when: 'When', who: 'Person', what: 'Tries' },

  recoveries: 'Recoveries',
  recoveryHeads: { who: 'Person', what: 'What happened', when: 'When', by: 'By and why' },
  noRecoveries: 'Nobody was helped back in.',

  keys: 'Keys',
  keyHeads: { key: 'Key', use: 'Use', sealed: 'Seals' },
  seals: 'Seals what is new',
  opens: 'Opens what it has sealed',
  sealed: (n: number) => plural(n, '1 second factor', `${n} second factors`),
  rotations: 'Changes of keys',
  rotationHeads: { what: 'What happened', key: 'Key', when: 'When', by: 'By' },
  noRotations: 'Nothing was changed.',
  deleted: (id: number) => `Deleted account ${id}`,
}

export type Texts = typeof texts

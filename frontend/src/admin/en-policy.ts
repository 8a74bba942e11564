import { plural } from '../lib/plural'

export const texts = {
  title: 'Policy',
  lead: 'Who has to have a second factor, which one, and from when. Of several policies the strictest counts.',
  now: 'This server was started with --require-two-factor: everybody has to have a second factor now, whatever stands below.',
  add: 'Add policy',
  none: 'There are no policies yet.',
  heads: { audience: 'Who', starts: 'From', grace: 'Days of grace', changed: 'Changed', act: 'Act' },
  audiences: {
    everybody: 'Everybody',
    groups: (names: string[]) => `${plural(names.length, 'Group', 'Groups')} ${names.join(', ')}`,
    staff: 'Helpers and administrators',
  },
  from: (day: string) => `from ${day}`,
  days: (n: number) => (n === 0 ? 'no days of grace' : plural(n, '1 day of grace', `${n} days of grace`)),
  changedOn: (day: string) => `changed ${day}`,
  change: 'Change',
  delete: 'Delete',
  deleteTitle: 'Delete this policy?',
  deleteText: 'It asks for nothing any more. Second factors that are set up stay. All administrators are told.',
  deleted: 'The policy is deleted.',

  addTitle: 'Add policy',
  changeTitle: 'Change policy',
  audience: 'Who has to have a second factor',
  choices: {
    everybody: { title: 'Everybody', text: 'All accounts, also those that are made later.' },
    groups: { title: 'Groups', text: 'The members of the groups that you choose.' },
    staff: { title: 'Helpers and administrators', text: 'Everybody with a role that sees other people.' },
  },
  minimum: 'What is demanded',
  minimums: {
    any: { title: 'Any second factor', text: 'An authenticator app, a passkey or a hardware key.' },
    resistant: {
      title: 'A passkey or hardware key',
      text: 'It works on no forged page. When the days of grace are over, codes of the app are not accepted from people who have a key that counts. Backup codes are.',
    },
  },
  groups: 'Groups',
  noGroups: 'There are no groups yet. Make one first.',
  starts: 'From',
  grace: 'Days of grace',
  graceHint:
    'They are counted from that day, the making of the account, the joining of the group or the role, or a change of this policy that asks more, whatever is latest.',
  try: 'Show what it does',
  save: 'Save',
  saved: 'The policy is saved. All administrators are told.',
  reasons: {
    groups: {
      empty: 'Groups: choose at least one.',
      unknown: 'Groups: one of them does not exist any more. Choose again.',
    },
    starts_at: {
      empty: 'From: choose a day.',
      not_allowed: 'From: choose a day between the year 2000 and three years from now.',
    },
    grace_days: { not_allowed: 'Days of grace: enter a number from 0 to 365.' },
  },
  dryRun: {
    title: 'What it does',
    affected: (n: number) =>
      n === 0 ? 'It affects nobody now.' : plural(n, 'It affects 1 person:', `It affects ${n} people:`),
    without: (n: number) => plural(n, '1 has no second factor', `${n} have no second factor`),
    withoutKey: (n: number) =>
      plural(n, '1 has no passkey or hardware key yet', `${n} have no passkey or hardware key yet`),
    paused: (n: number) => plural(n, '1 has paused it; the pause ends', `${n} have paused it; the pauses end`),
    noCodes: (n: number) => plural(n, '1 has no backup codes', `${n} have no backup codes`),
    never: (n: number) => plural(n, '1 has never signed in', `${n} have never signed in`),
    excepted: (n: number) => plural(n, '1 has an exception', `${n} have an exception`),
    ready: (n: number) =>
      plural(
        n,
        'It affects 1 person, who has what is demanded already.',
        `It affects ${n} people. All of them have what is demanded already.`,
      ),
    atOnce:
      'Some of them can only set up what is demanded as soon as you save. Give days of grace, or tell them first.',
    first: (day: string) => `The first deadline is ${day}.`,
    names: 'Who does not have what is demanded',
    by: (day: string) => `by ${day}`,
    neverSignedIn: 'never signed in',
    more: 'and more',
  },

  exceptions: {
    title: 'Exceptions',
    lead: 'They are given on the page of a person.',
    none: 'Nobody has an exception.',
    heads: { person: 'Person', reason: 'Reason', until: 'Last day', by: 'Given by', act: 'Act' },
    until: (day: string) => `until ${day}`,
    by: (name: string) => `given by ${name}`,
    operator: 'the operator',
    end: 'End',
    endTitle: 'End this exception?',
    endText: 'The policies ask for a second factor again at once. The person is told.',
    endNow: 'End exception',
    ended: 'The exception is ended.',
  },
}

export type Texts = typeof texts

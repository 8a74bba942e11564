import { plural } from '../lib/plural'

export const texts = {
  link: {
    invitation: 'The invitation',
    password: 'The password link',
    mailed: (address: string) => `The link was mailed to ${address}. Nobody else sees it.`,
    handOver: (name: string) => `Give this link to ${name}, so that nobody else reads it. It is shown only now.`,
    works: (when: string) => `It works once, until ${when}.`,
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'The browser did not copy it. Mark the link and copy it yourself.',
    leave: 'The link is not copied. It is lost if you leave. Leave anyway?',
    done: 'Done',
    next: 'Invite another person',
  },

  invite: {
    title: 'Invite a person',
    lead: 'The person gets a link, chooses a password, sets up a second factor, and saves backup codes. Other roles can follow then.',
    groups: 'Groups',
    works: 'How long the link works',
    submit: 'Invite',
  },
  hours: { 24: '1 day', 72: '3 days', 168: '7 days', 336: '14 days', 720: '30 days' },

  import: {
    title: 'Import people',
    lead: 'A table in CSV makes many accounts at once: all of them, or none.',
    columns:
      'The first line names the columns: username, name, email, groups. Only username is needed. Several groups are divided by spaces, and must exist.',
    example: 'Download an example',
    file: 'Table in CSV',
    fileHint: 'UTF-8, with commas or semicolons, at most 1,000 people and 256 KiB. More: imagemaster user import FILE',
    notText: 'This file is not text in UTF-8. Save it as CSV in UTF-8, then choose it again.',
    tooLarge: 'This file is larger than 256 KiB. Divide it, or use the command line: imagemaster user import FILE',
    preview: 'Preview',
    checked: (n: number) => plural(n, '1 person can be imported.', `${n} people can be imported.`),
    more: (n: number) => plural(n, 'And 1 more.', `And ${n} more.`),
    faulty: (n: number) =>
      plural(n, 'Nothing can be imported yet: 1 fault.', `Nothing can be imported yet: ${n} faults.`),
    mend: 'Mend the table, then choose it again.',
    line: (n: number, more: number) => (more > 0 ? `Line ${n} and ${more} more` : `Line ${n}`),
    heads: { line: 'Line', username: 'User name', name: 'Full name', email: 'E-mail', groups: 'Groups' },
    submit: (n: number) => plural(n, 'Import 1 person', `Import ${n} people`),
    done: (n: number) => plural(n, '1 account was made.', `${n} accounts were made.`),
    mailed: (n: number) => plural(n, '1 link was mailed.', `${n} links were mailed.`),
    links: (n: number) => plural(n, '1 link was not mailed.', `${n} links were not mailed.`),
    once: 'The links are shown only now. Download them, hand them over, and delete the file afterwards.',
    download: 'Download the links',
    leave: 'The links are not downloaded. They are lost if you leave. Leave anyway?',
    toList: 'Show people',
  },
  /** What is wrong with a cell, or with the table. */
  faults: {
    file: {
      encoding: 'This is not text in UTF-8. Save the table as CSV in UTF-8.',
      not_csv: 'This is not CSV: a quotation mark is missing.',
      no_header: 'The first line must name username, and no other columns than name, email and groups.',
      no_rows: 'There is nobody in it.',
      too_many: 'There are more than 1,000 people. Divide the table, or use the command line.',
      too_large: 'The table is larger than 256 KiB. Divide it, or use the command line.',
      columns: 'This line has more or fewer columns than the first one.',
    },
    username: {
      empty: 'The user name is missing.',
      too_long: 'The user name has more than 64 characters.',
      not_allowed: 'The user name may have letters, digits and signs, and no spaces.',
      taken: 'The user name is taken, or was taken before.',
      duplicate: 'The user name stands in an earlier line, too.',
    },
    name: {
      too_long: 'The full name has more than 100 characters.',
      not_allowed: 'The full name has a character that cannot be used.',
    },
    email: {
      not_allowed: 'This is not an e-mail address.',
      taken: 'Another account has this e-mail address.',
      duplicate: 'The e-mail address stands in an earlier line, too.',
    },
    groups: { unknown: 'There is no group of that name. Make it under Groups, or correct the table.' },
    other: 'This cannot be used.',
  },
}

export type Texts = typeof texts

import { plural } from '../lib/plural'

export const texts = {
  code: {
    title: 'Help code',
    text: 'With the code and the password the person sets up a new second factor. The former ones and the backup codes work until then.',
    sure: 'Make sure who is asking:',
    checks: [
      'Call back on a number that you know, not on the one that called.',
      'Or see the face or the badge, in person or by video.',
      'Ask something that only this person and the company know.',
      'Nothing is so urgent that you may leave this out. Attackers are friendly, and in a hurry.',
    ],
    known:
      'Somebody without the second factor has had the password lately. It may be the one who is asking: be twice as careful. A colleague can give a password link as well.',
    reason: 'Reason, and how you made sure',
    reasonHint: 'It is kept in the activity of the account.',
    missing: 'Reason: say why, and how you made sure who is asking.',
    tooLong: 'Reason: use at most 200 characters.',
    works: 'How long the code works',
    minutes: { 5: '5 minutes', 15: '15 minutes', 30: '30 minutes', 60: '1 hour', 240: '4 hours', 1440: '24 hours' },
    give: 'Give help code',
  },
  given: {
    title: 'The help code',
    handOver: (name: string) => `Read it to ${name} on a line that you trust. It is shown only now.`,
    ends: (when: string) => `It works once, until ${when}.`,
    steps: 'What the person does now:',
    does: [
      'Sign in with the password.',
      'Open “Lost phone and codes?” and enter the code.',
      'Set up the new second factor, and save the new backup codes.',
    ],
    copy: 'Copy',
    copied: 'Copied',
    notCopied: 'The browser did not copy it. Mark the code and copy it yourself.',
    leave: 'The code is not shown again. Leave anyway?',
    done: 'Done',
  },
  stopped: {
    title: 'Help is stopped',
    text: (when: string) =>
      `Somebody who is signed in to this account said “Not me” about a help code. Nobody may help with it until ${when}.`,
  },
  exception: {
    title: 'Exception',
    text: 'Until the end of the last day the policies ask for nothing. The person is told.',
    reason: 'Reason',
    reasonHint: 'The person, helpers and administrators can read it.',
    missing: 'Reason: say why.',
    tooLong: 'Reason: use at most 200 characters.',
    lastDay: 'Last day',
    lastDayHint: (days: number) => `At most ${plural(days, '1 day', `${days} days`)} from today.`,
    lastDayWrong: (days: number) => `Last day: choose one within ${plural(days, '1 day', `${days} days`)} from today.`,
    give: 'Give exception',
    done: 'The exception is given.',
    endTitle: 'End exception',
    endText: 'The policies ask for a second factor again at once. The person is told.',
    end: 'End exception',
    ended: 'The exception is ended.',
  },
}

export type Texts = typeof texts

export const texts = {
  /** In a session that was opened with a help code. */
  recovery: {
    title: 'Set up your new phone',
    text: 'Your former phone and backup codes go on working until the new phone has given a right code. Then they stop, and all other sessions end.',
    ends: 'This session is for the set-up only. It ends at',
    setUp: 'Set Up Authenticator',
  },

  /** In the other sessions of that account. */
  notMe: {
    region: 'Help code',
    given: (by: string, when: string) => `A help code for your account was given by ${by} (${when}).`,
    used: (by: string) => `A help code for your account, given by ${by}, was used.`,
    operator: 'the operator',
    means: 'With it and your password somebody can set up a new phone.',
    meansUsed:
      'Somebody with your password is setting up a new phone. Your present phone and codes work until that is done.',
    button: 'Not me',
    title: 'You did not ask for help?',
    text: 'The code and what was begun with it end now. For 24 hours nobody gets help for this account, not even you. The helper and all administrators are told.',
    confirm: 'End the code',
    done: 'The help code has ended. For 24 hours nobody can get help for this account.',
    next: 'Whoever asked for the code may know your password.',
    change: 'Change your password.',
  },
}

export type Texts = typeof texts

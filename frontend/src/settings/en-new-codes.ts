export const texts = {
  /** The dialog that checks a saved code. */
  checkCode: {
    lead: 'Find out whether a code on your sheet still works. This does not use it up.',
    code: 'Backup code',
    submit: 'Check',
    valid: (set: number) => `Valid, set ${set}.`,
    usedOn: (when: string, set: number) => `Used on ${when}. It was from set ${set}.`,
    replaced: (set: number) => `From set ${set}, no longer valid.`,
    unknown: 'Unknown. This is not one of your codes.',
  },
  newCodes: {
    title: 'Your new backup codes',
    lead: 'Keep them somewhere safe, away from your phone. They are shown only now.',
    leadReplaced:
      'Keep them somewhere safe, away from your phone. They are shown only now, and any earlier codes have stopped working.',
    created: 'Created',
    print: 'Print Backup Codes',
    opensTab: '(opens in a new tab)',
    copy: 'Copy',
    copied: 'Copied',
    copyFailed: 'Copying did not work. Download the codes instead.',
    download: 'Download',
    saved: 'I have saved these codes',
    savedMissing: 'Tick this once you have saved the codes: they are never shown again.',
    done: 'Done',
    doneToast: (n: number, replaced: boolean) => `Set ${n} is saved.${replaced ? ' Destroy older sheets.' : ''}`,
    leave: 'These codes are never shown again. Leave without saving them?',
    lostTitle: 'These codes no longer work.',
    lost: (n: number) =>
      `They were replaced or removed in another window. Destroy what you have saved or printed of set ${n}.`,
  },

  sheet: {
    title: 'Backup codes',
    account: 'Account',
    created: 'Created',
    set: 'Set',
    checkWord: 'Check word',
    once: 'Each code works once, in any order.',
    signIn: 'Sign in at',
    help: 'If you lost phone and codes',
    older: 'This sheet replaces all earlier ones. Destroy older sheets.',
  },
}

export type Texts = typeof texts

export const texts = {
  invitation: {
    title: 'Welcome,',
    lead: (account: string) =>
      `Your account ${account} is ready. Choose a password; then you add a second step and save your backup codes.`,
    signedInAs: (account: string) => `You are signed in here as ${account}. That session ends when you continue.`,
    submit: 'Continue',
  },
  password: {
    title: 'Set a new password',
    lead: (account: string) =>
      `Choose a new password for the account ${account}. If it has a second factor, you are still asked for that when you sign in.`,
    submit: 'Set password',
  },
  newPassword: 'New password',

  set: {
    title: 'Your password is set',
    text: (account: string) => `Sign in as ${account} with the new password.`,
    other: (account: string) => `You are still signed in here as ${account}. Sign out first.`,
  },
  unsure: {
    title: 'The connection was interrupted',
    text: 'Your new password is probably set: sign in with it. If that does not work, ask for a new link.',
  },
  ended: {
    title: 'This link has ended',
    text: 'It was used already, is too old or incomplete, or a newer one or a change of the account has ended it.',
    next: 'If you chose a password with it, sign in. If not, ask the person who gave it to you for a new one.',
  },
  missing: {
    title: 'Open the whole link',
    text: 'This page needs the link that you were given, to its last character. If you loaded the page again, open the link once more.',
  },
  failed: { title: 'This link could not be checked', again: 'Try again' },
  help: 'You can also ask for help:',
  toSignIn: 'Go to sign in',
}

export type Texts = typeof texts

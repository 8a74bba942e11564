import { plural } from '../lib/plural'

export const texts = {
  verify: {
    title: 'Verification',
    lead: (brand: string) =>
      `Get a verification code from the authenticator app or enter one of the backup codes you've received from ${brand}.`,
    leadBackup: (brand: string) => `Enter one of the backup codes you've received from ${brand}.`,
    noOtherBrowser: 'If you have none, follow “Lost phone and codes?” below.',
    elsewhere:
      'Your passkeys and hardware keys belong to another address of this server and do not work here. Follow “Lost phone and codes?” below.',
    submit: 'Verify',
    lost: 'Lost phone and codes?',
    helpCode:
      'That is a help code. Follow “Lost phone and codes?” below and enter it there. This did not count as a try.',
    ending: 'This sign-in ends in',
    goOn: 'I need more time',
  },

  afterBackup: {
    title: 'You used a backup code',
    have: 'You have',
    left: (n: number) => plural(n, 'unused backup code left.', 'unused backup codes left.'),
    once: 'The one you entered does not work again: tick it off on your sheet.',
    few: 'Only a few codes are left. Generate a new set now, while you can sign in.',
    none: 'That was your last code. Generate a new set now, while you can sign in.',
    moveHint: 'Is your phone lost or broken? Move the codes to a different one now.',
    lostKey: 'Remove a lost passkey or hardware key',
    goOn: 'Continue',
  },

  setup: {
    needed:
      'This server has no administrator yet. To create one, open the link that it printed when it started: look at its output or its log.',
    title: 'First start',
    lead: 'Create the administrator of this server. This works once.',
    username: 'User name',
    displayName: 'Full name',
    submit: 'Create administrator',
    signedIn: 'The administrator is created, and you are signed in. Set up your second factor now.',
    created: 'The administrator is created. Sign in now.',
    noToken: 'Open the whole link that the server printed when it started. It ends in a one-time key.',
    closed: 'This server has its administrator already.',
    toSignIn: 'Go to sign in',
    usernameMissing: 'User name: choose a user name.',
  },
}

export type Texts = typeof texts

export const texts = {
  open: {
    title: (application: string) => `Opening ${application}…`,
    stays: 'If nothing happens, go on here.',
    link: (application: string) => `Open ${application}`,
  },
  denied: {
    title: (application: string) => `No access to ${application}`,
    signedInAs: (account: string) => `You are signed in as ${account}.`,
    text: (address: string) => `This account may not open this page: ${address}`,
    ask: (contact: string) => `Ask ${contact}.`,
    askNoContact: 'Ask the people who run this server.',
    other: 'Sign in as somebody else',
  },
  needs: {
    title: 'Confirm it is you',
    lately: (application: string) => `For ${application} your last confirmation is too long ago.`,
    paused: (application: string) =>
      `${application} asks for a second factor. Two-factor authentication stays disabled, as you chose.`,
    key: (application: string) => `${application} wants a passkey or hardware key. Codes are not enough.`,
    password: 'Enter your password again.',
    code: 'Enter a new code from your authenticator app or a backup code.',
    backup: 'Enter a backup code.',
    both: 'Enter your password, and a new code from your authenticator app or a backup code.',
    tooNew: 'Yours is too new: a passkey or hardware key counts only from 72 hours after it was added. Come back then.',
    noWay: 'No second factor of your account works at this address. Ask the people who run this server.',
    submit: 'Continue',
  },
  set_up: {
    title: (application: string) => `${application} needs a second factor`,
    text: 'Your account has none yet. Set it up and save your backup codes; then the application opens by itself.',
    start: 'Set up a second factor',
  },
  addKey: {
    title: (application: string) => `${application} needs a passkey or hardware key`,
    text: 'Your account has none yet. Add one; it counts only from 72 hours after it was added, so that nobody else can add one and use it at once.',
    start: 'Add a passkey or hardware key',
  },
  unknown: {
    title: 'There is no application at this address',
    text: 'Check the address, or start from Home.',
  },
  failed: { title: 'The application could not be opened', again: 'Try again' },
}

export type Texts = typeof texts

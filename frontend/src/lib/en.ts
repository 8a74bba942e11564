// The English texts of the first page and of whatever can be said anywhere. The
// rest is in en-room.ts, so that nobody waits for it at the door. Both modules are
// also the types of the other catalogs: a text that is missing there does not
// compile.

export const en = {
  errorPrefix: 'Error: ',
  optional: '(optional)',
  dismiss: 'Dismiss',
  language: 'Language',
  toDark: 'Switch to the dark theme',
  toLight: 'Switch to the light theme',
  help: 'Help',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  tagline: 'Two keys are safer than one.',
  retryIn: 'You can try again in',
  retryNow: 'You can try again now.',

  signIn: {
    title: 'Sign in',
    lead: (brand: string) => `Use your ${brand} account.`,
    username: 'User name',
    password: 'Password',
    submit: 'Sign in',
    usernameMissing: 'User name: enter your user name.',
    passwordMissing: 'Password: enter your password.',
    ended: 'Your session has ended. Sign in again to go on.',
    pendingEnded: 'That sign-in has ended. Start again with your password.',
  },

  unreachable: {
    title: 'The server cannot be reached',
    text: 'Check your connection, then try again. If it still does not work, the server may be down for a moment.',
    retry: 'Try again',
  },

  insecure: {
    title: 'This connection is not secure',
    text: 'Signing in works only over a secure connection, because anyone in between could read your password. Open the address with https:// in front of it.',
    open: (address: string) => `Open ${address}`,
    operator: 'If that does not work, ask the people who run this server for the right address.',
  },

  problems: {
    internal: 'Something went wrong on the server. Try again.',
    internalWithId: (id: string) => `Something went wrong on the server. Try again. If you ask for help, name ${id}.`,
    plain: {
      network: 'The server cannot be reached. Check your connection, then try again.',
      not_arrived: 'The connection was interrupted, and nothing was changed. Try again.',
      credentials_wrong: 'The user name or password is not right.',
      sign_in_wait: 'There were too many wrong passwords. Wait before you try again.',
      csrf: 'This page was out of date. Try again.',
      cross_site: 'The browser sent this request as if it came from another site. Load the page again.',
      misdirected: 'This is not the address of this server. Ask the people who run it for the right one.',
      busy: 'The server is busy at the moment. Try again in a few seconds.',
      unavailable: 'The server is not ready at the moment. Try again in a few seconds.',
      request_timeout: 'That took too long. Try again.',
      invalid: 'The server did not accept what was entered. Check it and try again.',
    },
  },
}

export type Texts = typeof en

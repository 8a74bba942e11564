import type { FirstProblems } from './problems'

export const texts = {
  errorPrefix: 'Error: ',
  optional: '(optional)',
  language: 'Language',
  toDark: 'Switch to the dark theme',
  toLight: 'Switch to the light theme',
  help: 'Help',
  password: 'Password',
  passwordMissing: 'Password: enter your password.',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  retryIn: 'You can try again in',
  retryNow: 'You can try again now.',

  problems: {
    busy: 'The server is busy at the moment. Try again in a few seconds.',
    credentials_wrong: 'The user name or password is not right.',
    cross_site: 'The browser sent this request as if it came from another site. Load the page again.',
    csrf: 'This page was out of date. Try again.',
    internal: 'Something went wrong on the server. Try again.',
    invalid: 'The server did not accept what was entered. Check it and try again.',
    misdirected: 'This is not the address of this server. Ask the people who run it for the right one.',
    network: 'The server cannot be reached. Check your connection, then try again.',
    no_space: 'The server has no space left, and nothing was changed. Ask the people who run it to make room.',
    not_arrived: 'The connection was interrupted, and nothing was changed. Try again.',
    request_timeout: 'That took too long. Try again.',
    sign_in_wait: 'There were too many wrong passwords. Wait before you try again.',
    unavailable: 'The server will be back shortly. Try again in a few seconds.',
  } satisfies FirstProblems,
  requestId: (id: string) => `If you ask for help, mention request ${id}.`,
}

export type Texts = typeof texts

import { plural } from '../lib/plural'

export const texts = {
  skip: 'Skip to the content',
  toHome: 'Home',
  signOut: 'Sign out',
  navigation: 'Settings',
  dismiss: 'Dismiss',
  unsaved: 'Your changes are not saved. Leave anyway?',

  nav: {
    security: 'Security',
    twoFactor: 'Two-Factor Authentication',
    sessions: 'Sessions',
    activity: 'Activity',
    account: 'Account',
    password: 'Password',
    profile: 'Profile',
  },
  status: { enabled: 'Enabled', disabled: 'Disabled' },

  pause: {
    title: 'Two-factor authentication is disabled.',
    until: (when: string) => `On again on ${when}: check that you still have a code.`,
    open: 'It stays disabled until you enable it. Only your password protects your account.',
    enable: 'Enable',
    dialogTitle: 'Enable two-factor authentication',
    dialogText: 'Enter the code your authenticator app shows. It proves that you still have it.',
    enabled: 'Two-factor authentication is enabled again. All other sessions of your account were ended.',
  },

  home: {
    title: 'Home',
    welcome: 'Welcome,',
    signedInAs: 'You are signed in as',
    open: (brand: string) => `Open ${brand}`,
    lostTitle: 'If you lost your phone now',
    lostOff: 'You would still sign in with your password alone. Anyone who learns your password can do the same.',
    lostOn:
      'You could not sign in by yourself: your account asks for a code from your phone, and you have no backup codes.',
    lostHave: 'You could still sign in: you have',
    lostNeverChecked: 'You have never checked that a code on your sheet still works.',
    lostChecked: (when: string) => `You last checked a code on your sheet ${when}.`,
    lostWho: 'Who can help:',
    lostNoContact: 'The people who run this server can help.',
    twoFactorOff: 'Only your password protects your account.',
    twoFactorOn: 'Your password and a code from your phone protect your account.',
    settings: 'Two-factor settings',
  },

  codes: {
    unused: (n: number) => plural(n, 'unused backup code.', 'unused backup codes.'),
    check: 'Check a saved code',
  },

  notices: {
    title: 'Security notices',
    failedCodes: (n: number) =>
      plural(
        n,
        'There was 1 wrong code since your last sign-in.',
        `There were ${n} wrong codes since your last sign-in.`,
      ),
    failedCodesHint: 'If that was not you, someone knows your password: change it.',
    changePassword: 'Change your password.',
    dismissAll: 'Dismiss all',
    dismissShown: 'Dismiss these',
    older: (n: number) => plural(n, '1 older notice follows.', `${n} older notices follow.`),
    notYou: 'If that was not you, ask for help at once.',
    unexpected: 'If you did not expect this, ask for help:',
    unexpectedNoContact: 'If you did not expect this, ask the people who run this server.',
    on: 'on',
    kinds: {
      key_bound: 'Two-factor authentication was set up.',
      key_moved: 'The codes were moved to a different phone.',
      key_removed: 'Two-factor authentication was disabled: the security key was removed.',
      paused: 'Two-factor verification was disabled temporarily.',
      resumed: 'Two-factor verification was enabled again.',
      codes_generated: 'New backup codes were generated. The earlier ones no longer work.',
      backup_code_used: 'A backup code was used.',
      password_known: 'Someone knew your password but not your code.',
      notice_address_changed: 'The e-mail address for security notices was changed.',
      password_changed: 'Your password was changed.',
      operator_password: 'The operator set a new password for your account.',
      operator_reset: 'The operator reset two-factor authentication for your account.',
      operator_disabled: 'The operator disabled your account.',
      operator_enabled: 'The operator enabled your account again.',
      other: 'A security setting of your account was changed.',
    },
  },

  stepUp: {
    title: 'Confirm it is you',
    password: 'For this, enter your password again.',
    code: 'For this, enter a new code from your authenticator app or a backup code.',
    both: 'For this, enter your password and a new code from your authenticator app or a backup code.',
    submit: 'Confirm',
  },

  sessions: {
    title: 'Sessions',
    lead: 'Where you are signed in. End every session that you do not recognise.',
    current: 'This session',
    unknown: 'Unknown browser',
    on: 'on',
    started: (when: string) => `Started ${when}`,
    seen: (when: string) => `Last seen ${when}`,
    activeNow: 'Active now',
    raw: 'Browser details',
    rawEmpty: 'The browser sent no details.',
    end: 'End',
    endTitle: 'End this session?',
    endText: 'This browser has to sign in again.',
    endNow: 'End session',
    ended: 'The session is ended.',
    endOthers: 'End all other sessions',
    endOthersTitle: 'End all other sessions?',
    endOthersText: (n: number) =>
      plural(n, '1 other session has to sign in again.', `${n} other sessions have to sign in again.`),
    endOthersPending: 'Sign-ins that wait for a code are cancelled.',
    othersEnded: 'All other sessions are ended.',
  },

  password: {
    title: 'Password',
    lead: 'Other sessions of your account end when you change the password.',
    must: 'You have to choose a new password before you can go on.',
    present: 'Present password',
    presentMissing: 'Present password: enter the password that you use now.',
    new: 'New password',
    submit: 'Change password',
    done: 'Your password is changed. All other sessions of your account were ended.',
  },

  profile: {
    title: 'Profile',
    lead: 'Your name, and the language and appearance of these pages.',
    username: 'User name',
    fields: { display_name: 'Full name', language: 'Language', theme: 'Appearance' },
    languageAuto: 'Same as the browser',
    themeAuto: 'Same as the system',
    day: 'Light',
    night: 'Dark',
    saved: (what: string) => `Saved: ${what}.`,
  },
}

export type Texts = typeof texts

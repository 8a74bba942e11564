// The English texts of every page behind the first one.

const times = (n: number, one: string, many: string) => (n === 1 ? one : many)

export const enRoom = {
  skip: 'Skip to the content',
  close: 'Close',
  cancel: 'Cancel',
  save: 'Save',
  toHome: 'Home',
  signOut: 'Sign out',
  navigation: 'Settings',

  nav: {
    security: 'Security',
    twoFactor: 'Two-Factor Authentication',
    sessions: 'Sessions',
    activity: 'Activity',
    account: 'Account',
    password: 'Password',
    profile: 'Profile',
  },

  pause: {
    title: 'Two-factor authentication is disabled.',
    until: (when: string) => `On again on ${when}: check that you still have a code.`,
    open: 'It stays disabled until you enable it. Only your password protects your account.',
    enable: 'Enable',
    move: 'Move to Different Phone',
    dialogTitle: 'Enable two-factor authentication',
    dialogText: 'Enter the code your authenticator app shows. It proves that you still have it.',
    enabled: 'Two-factor authentication is enabled again. All other sessions of your account were ended.',
  },

  verify: {
    title: 'Verification',
    lead: (brand: string) =>
      `Get a verification code from the authenticator app or enter one of the backup codes you've received from ${brand}.`,
    code: 'Verification code',
    hint: '6 digits',
    backupHint: '16 letters and digits, such as 7K2M\u2011Q9XA\u20114TBD\u2011R8WC',
    typeBackup: 'Type a backup code',
    typeDigits: 'Type a 6-digit code',
    submit: 'Verify',
    lost: 'Lost phone and codes?',
    lostHelp: 'Ask for help:',
    lostNoContact: 'Ask the people who run this server. They can reset two-factor authentication for your account.',
    ending: 'This sign-in ends in',
    goOn: 'I need more time',
  },

  code: {
    noMoreTime: 'This cannot be made longer any more. Finish it, or start again.',
    missing: 'Verification code: enter the 6 digits your authenticator app shows.',
    malformed: 'Verification code: enter exactly 6 digits. This did not count as a try.',
    missingBackup: 'Backup code: enter one from your sheet.',
    malformedBackup: {
      form: 'Backup code: enter all 16 letters and digits. This did not count as a try.',
      typing: 'Backup code: there is a typing error in it. Compare it with your sheet. This did not count as a try.',
    },
  },

  afterBackup: {
    title: 'You used a backup code',
    have: 'You have',
    left: (n: number) => times(n, 'unused backup code left.', 'unused backup codes left.'),
    once: 'The one you entered does not work again: tick it off on your sheet.',
    few: 'Only a few codes are left. Generate a new set now, while you can sign in.',
    none: 'That was your last code. Generate a new set now, while you can sign in.',
    move: 'Move to Different Phone',
    moveHint: 'Is your phone lost or broken? Move the codes to a different one now.',
    goOn: 'Continue',
  },

  setup: {
    title: 'First start',
    lead: 'Create the administrator of this server. This works once.',
    username: 'User name',
    displayName: 'Full name',
    password: 'Password',
    submit: 'Create administrator',
    created: 'The administrator is created. Sign in now.',
    noToken: 'Open the whole link that the server printed when it started. It ends in a one-time key.',
    closed: 'This server has its administrator already.',
    toSignIn: 'Go to sign in',
    usernameMissing: 'User name: choose a user name.',
  },

  home: {
    title: 'Home',
    welcome: 'Welcome,',
    signedInAs: 'You are signed in as',
    open: (brand: string) => `Open ${brand}`,
    lostTitle: 'If you lost your phone now',
    lostOff: 'You would still sign in with your password alone. Whoever learns your password can do the same.',
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

  twoFactor: {
    title: 'Two-Factor Authentication',
    lead: 'A second step keeps your account safe, even when someone knows your password.',
    required: 'Your organisation asks for two-factor authentication. Set it up to go on.',
    status: 'Status',
    enabled: 'Enabled',
    disabled: 'Disabled',
    whyTitle: 'Authenticator app',
    why: 'After your password you enter a short code that only your phone knows. Each code works once. It takes about two minutes to set up with any authenticator app.',
    setUp: 'Set Up Authenticator',
    protectedTitle: 'Your account is protected',
    since: (when: string) => `On since ${when}`,
    lastUsed: (when: string) => `last code used ${when}`,
    brokenTitle: 'Your key cannot be used',
    dead: 'There were too many wrong codes, so this key is blocked for good. Move to Different Phone gives you a new one, on the same phone, too: confirm with your password and a backup code. Without a backup code, ask for help.',
    unreadable:
      'The server cannot read your key. Move to Different Phone gives you a new one, on the same phone, too: confirm with your password and a backup code. Without a backup code, ask for help.',
    pausedTitle: 'Your account asks for no code',
    pausedUntil: (when: string) => `Disabled until ${when}. Your key and your backup codes are kept.`,
    pausedOpen: 'Disabled until you enable it again. Your key and your backup codes are kept.',
    appTitle: 'Authenticator app',
    appText: 'Codes come from the entry in your app named',
    newPhone: 'New phone? Move the codes before you give the old one away.',
    phoneName: 'Phone name',
    phoneHint: 'So that you know which phone shows the codes.',
    phoneSaved: 'Phone name saved.',
    unsaved: 'Your changes are not saved. Leave anyway?',
  },

  codes: {
    have: 'You have',
    unused: (n: number) => times(n, 'unused backup code.', 'unused backup codes.'),
    generate: 'Generate Backup Codes',
    reminder: (n: number) => `You have not confirmed saving set ${n}.`,
    renew: 'Generate new codes.',
    check: 'Check a saved code',
  },

  enroll: {
    title: 'Set Up Authenticator',
    scanTitle: 'Scan the barcode',
    scan: 'Use your phone camera to scan this barcode or enter the following secret key',
    secretKey: 'Secret key',
    copyKey: 'Copy secret key',
    copied: 'Copied',
    copyFailed: 'Copying did not work. Select the key and copy it yourself.',
    qrName: (service: string) => `QR code to set up ${service}`,
    openApp: 'Open in authenticator app',
    phoneName: 'Phone name',
    codeTitle: 'Enter the code',
    codeLead:
      'Once you have scanned the barcode, enter the 6-digit verification code generated by the Authenticator application.',
    code: 'Code',
    codeMissing: 'Code: enter the 6 digits your authenticator app shows.',
    codeMalformed: 'Code: enter exactly 6 digits. This did not count as a try.',
    submit: 'Verify and Save',
    ending: 'This key ends in',
    goOn: 'Keep this key longer',
    expiredTitle: 'This key has ended',
    expired:
      'The key was not confirmed in time, or there were too many wrong codes. Delete the entry you scanned from your app, then start again with a new key.',
    newKey: 'Show a new key',
    done: 'Two-factor authentication is enabled. All other sessions of your account were ended.',
  },

  password: {
    title: 'Password',
    lead: 'Other sessions of your account end when you change the password.',
    must: 'You have to choose a new password before you can go on.',
    newPassword: 'New password',
    hint: 'At least 15 characters. A sentence you can remember is a good choice.',
    missing: (label: string) => `${label}: enter the password you want to use.`,
    submit: 'Change password',
    done: 'Your password is changed. All other sessions of your account were ended.',
  },

  stepUp: {
    title: 'Confirm it is you',
    password: 'For this, enter your password again.',
    code: 'For this, enter a new code from your authenticator app or a backup code.',
    both: 'For this, enter your password and a new code from your authenticator app or a backup code.',
    submit: 'Confirm',
  },

  moreTime: 'You have more time now.',
  idle: {
    ending: 'You will be signed out in',
    goOn: 'Stay signed in',
    endingForGood: 'You have been signed in for a day. You have to sign in again in',
  },

  notices: {
    title: 'About the safety of your account',
    failedCodes: (n: number) =>
      times(
        n,
        'There was 1 wrong code since your last sign-in.',
        `There were ${n} wrong codes since your last sign-in.`,
      ),
    failedCodesHint: 'If that was not you, someone knows your password: change it.',
    changePassword: 'Change your password.',
    dismissAll: 'Dismiss all',
    dismissShown: 'Dismiss these',
    older: (n: number) => times(n, '1 older notice follows.', `${n} older notices follow.`),
    notYou: 'If that was not you, ask for help at once.',
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
      other: 'Something about the safety of your account was changed.',
    },
  },

  notFound: {
    title: 'Page not found',
    text: 'There is no page at this address. Check the address, or start from Home.',
    home: 'Go to Home',
  },

  reasons: {
    username: {
      empty: 'User name: choose a user name.',
      too_long: 'User name: use at most 64 characters.',
      not_allowed: 'User name: use letters, digits and signs, and no spaces.',
      taken: 'User name: this one is taken. Choose another.',
    },
    password: {
      empty: 'Password: enter your password.',
      unchanged: 'Password: that is your present one. Choose another.',
      too_short: 'Password: use at least 15 characters.',
      too_long: 'Password: use at most 256 characters.',
      common: 'Password: this one is on lists of often used passwords. Choose another, such as a few unrelated words.',
      contains_name: 'Password: it is too close to your user name or the name of this service. Choose another.',
    },
    display_name: {
      too_long: 'Full name: use at most 100 characters.',
      not_allowed: 'Full name: it has a character that cannot be used.',
    },
    email: {
      not_allowed: 'Security notices go to: enter an e-mail address such as name@example.com.',
    },
    phone_name: {
      too_long: 'Phone name: use at most 40 characters.',
      not_allowed: 'Phone name: it has a character that cannot be used.',
    },
    code: {
      malformed: 'Code: enter exactly 6 digits. This did not count as a try.',
    },
  },

  codeProblems: {
    code_wrong: 'That code is not right.',
    code_used: 'That code has been used already. Wait for the next one.',
    ofKind: {
      totp: {
        code_wait:
          'There were too many wrong codes from the app. Wait before you enter the next one, or use a backup code.',
        code_stopped:
          'There were too many wrong codes from the app. This browser cannot use them any more. Use a backup code, or ask for help.',
        key_dead:
          'There were too many wrong codes, so your key is blocked for good. Use a backup code, or ask for help to get a new key.',
        key_unreadable: 'The server cannot read your key. Use a backup code, or ask for help to get a new key.',
        clock_changed: "The server's clock was changed. Use a backup code.",
      },
      backup: {
        code_wrong: 'That backup code is not right. Compare it with your sheet.',
        code_used: 'That backup code has been used already. Use another one.',
        code_wait:
          'There were too many wrong backup codes. Wait before you enter the next one, or use a code from the app.',
        code_stopped:
          'There were too many wrong backup codes. This browser cannot use them any more. Use a code from the app, or ask for help.',
        key_dead:
          'There were too many wrong backup codes, so this set is blocked for good. Use a code from the app, or ask for help.',
      },
    },
    password_wrong: 'That password is not right.',
    triesLeft: (n: number) =>
      times(n, 'You have 1 try left before you have to wait.', `You have ${n} tries left before you have to wait.`),
    keyTriesLeft: (n: number) =>
      times(n, 'You have 1 try left before this key ends.', `You have ${n} tries left before this key ends.`),
    waitFirst: 'Wait before you try again.',
    passwordTriesLeft: (n: number) =>
      times(n, 'You have 1 try left before you are signed out.', `You have ${n} tries left before you are signed out.`),
    clockSlow: (minutes: number) =>
      `That code was right about ${times(minutes, '1 minute', `${minutes} minutes`)} ago. The clock of your phone seems to be slow. Turn on automatic date and time, then enter a new code.`,
    clockFast: (minutes: number) =>
      `That code will be right in about ${times(minutes, '1 minute', `${minutes} minutes`)}. The clock of your phone seems to be fast. Turn on automatic date and time, then enter a new code.`,
  },

  roomProblems: {
    code_replaced: 'That backup code is from an older set and no longer valid. Use one of the newest set.',
    codes_not_shown:
      'The connection was interrupted. New backup codes were made, but they could not be shown. Generate them again.',
    code_wait: 'There were too many wrong codes. Wait before you try again.',
    code_stopped: 'There were too many wrong codes. No more codes are taken from this browser. Ask for help.',
    key_dead: 'There were too many wrong codes, so your key is blocked for good. Ask for help to get a new one.',
    key_unreadable: 'The server cannot read your key. Ask for help to get a new one.',
    clock_changed: "The server's clock was changed. Ask for help.",
    signed_out: 'You are signed out. Sign in again.',
    pending_ended: 'This sign-in has ended. Start again with your password.',
    setup_token_wrong: 'This link is not right or too old. Restart the server to get a new one.',
    setup_closed: 'This server has its administrator already.',
    pending_key_ended: 'This key has ended. Start again with a new one.',
    second_factor_owed: 'Your account asks for a code now. Verify it, then try again.',
    set_up_owed: 'Set up two-factor authentication first.',
    password_change_owed: 'Choose a new password first.',
    mailed_code_wrong: 'That code is not right. Compare it with the mail.',
    address_code_ended: 'That code is no longer valid. Ask for a new one.',
    mail_wait: 'Too many codes were mailed. Wait before you ask for another.',
    two_factor_required: 'Your organisation asks for two-factor authentication, so it stays on.',
    wrong_state: 'This page was out of date. Look at it again, then try once more.',
    not_found: 'This does not exist any more.',
    too_large: 'That is too long.',
  },
}

export type RoomTexts = typeof enRoom

import { plural } from './plural'
import type { LaterProblems } from './problems'

export const texts = {
  cancel: 'Cancel',
  close: 'Close',
  moment: 'One moment…',
  save: 'Save',
  unsaved: 'Your changes are not saved. Leave anyway?',
  move: 'Move to Different Phone',
  generate: 'Generate Backup Codes',
  unsavedSet: (n: number) => `You have not confirmed saving set ${n}.`,
  generateNew: 'Generate new codes.',

  moreTime: 'You have more time now.',
  noMoreTime: 'This cannot be made longer any more. Finish it, or start again.',
  reload: 'Load the page again',
  fault: 'Something on this page did not work. Load the page again, then look whether your change was made.',
  broken: {
    home: 'Go to Home',
    title: 'This page cannot be shown',
    text: 'Something on it did not work. Load the page again. If that does not help, go on from another page.',
    signOut: 'Sign out',
  },
  insecure: {
    title: 'This connection is not secure',
    text: 'Signing in works only over a secure connection, because anyone in between could read your password. Open the address with https:// in front of it.',
    open: (address: string) => `Open ${address}`,
    operator: 'If that does not work, ask the people who run this server for the right address.',
  },
  notFound: {
    title: 'Page not found',
    text: 'There is no page at this address. Check the address, or start from Home.',
    home: 'Go to Home',
  },
  session: {
    ending: 'You will be signed out in',
    goOn: 'Stay signed in',
    endingForGood: 'This session cannot be made longer. You have to sign in again in',
  },

  code: {
    label: 'Verification code',
    hint: '6 digits',
    backupLabel: 'Backup code',
    backupHint: '16 letters and digits, such as 7K2M\u2011Q9XA\u20114TBD\u2011R8WC',
    typeBackup: 'Type a backup code',
    typeDigits: 'Type a 6-digit code',
    missing: 'Verification code: enter the 6 digits your authenticator app shows.',
    malformed: 'Verification code: enter exactly 6 digits. This did not count as a try.',
    missingBackup: 'Backup code: enter one from your sheet.',
    malformedBackup: {
      form: 'Backup code: enter all 16 letters and digits. This did not count as a try.',
      typing: 'Backup code: there is a typing error in it. Compare it with your sheet. This did not count as a try.',
    },
  },

  /** The ways to give the second factor. */
  ways: {
    another: 'Another way',
    names: {
      totp: 'Code from the authenticator app',
      passkey: 'Passkey',
      hardware_key: 'Hardware key',
      backup: 'Backup code',
    },
    /** What a kind of key asks for, and the button that opens the dialog of the browser. */
    leads: {
      passkey: 'Use the passkey of your account: your fingerprint, face or device PIN.',
      hardware_key: 'Connect your hardware key or hold it to the device, then touch it.',
    },
    use: { passkey: 'Use your passkey', hardware_key: 'Use your hardware key' },
    unsupported: 'This browser cannot use passkeys and hardware keys. Use another browser.',
  },

  /** The steps of a person who was invited. */
  steps: {
    password: 'Step 1 of 3 · password',
    factor: 'Step 2 of 3 · second factor',
    codes: 'Step 3 of 3 · backup codes',
  },

  newPassword: {
    hint: 'At least 15 characters. A sentence you can remember is a good choice.',
    missing: (label: string) => `${label}: enter the password you want to use.`,
  },

  /** What is wrong with a field, by its name and the word of the server. */
  reasons: {
    username: {
      empty: 'User name: choose a user name.',
      too_long: 'User name: use at most 64 characters.',
      not_allowed: 'User name: use letters, digits and signs, and no spaces.',
      taken: 'User name: this one is taken, or was taken before. Choose another.',
      different: 'User name: that is not the user name of this account.',
    },
    password: {
      empty: (label: string) => `${label}: enter a password.`,
      unchanged: (label: string) => `${label}: that is your present one. Choose another.`,
      too_short: (label: string) => `${label}: use at least 15 characters.`,
      too_long: (label: string) => `${label}: use at most 256 characters.`,
      common: (label: string) =>
        `${label}: this one is on lists of often used passwords. Choose another, such as a few unrelated words.`,
      contains_name: (label: string) =>
        `${label}: it is too close to your user name or the name of this service. Choose another.`,
    },
    display_name: {
      too_long: 'Full name: use at most 100 characters.',
      not_allowed: 'Full name: it has a character that cannot be used.',
    },
    email: {
      not_allowed: (label: string) => `${label}: enter an e-mail address such as name@example.com.`,
      taken: (label: string) => `${label}: another account has this address.`,
    },
    phone_name: {
      too_long: 'Phone name: use at most 40 characters.',
      not_allowed: 'Phone name: it has a character that cannot be used.',
    },
    code: {
      malformed: 'Code: enter exactly 6 digits. This did not count as a try.',
    },
  },

  problems: {
    ceremony_ended: 'That took too long, or was answered in another tab. Try again.',
    key_cancelled:
      'No passkey or key was used. The window was closed, or there is none here that belongs to you. Try again, or choose another way.',
    key_changed: 'Your password manager has changed this passkey. Sign in another way, remove it and add it again.',
    key_copied: 'The counter of this key went back: somebody may have a copy. Sign in another way and remove it.',
    key_exists: 'This key is already yours.',
    key_insecure:
      'Passkeys and hardware keys work only over a secure connection and at the address of this server. Check the address.',
    key_not_made: 'Nothing was added, because the window of the browser was closed. Try again.',
    key_refused: 'The answer of the key was not right. Try again, or choose another way.',
    key_timeout: 'That took too long. Try again, and confirm within five minutes.',
    key_unknown: 'That key does not belong to this account. Use another one, or choose another way.',
    key_unsupported: 'This browser or device cannot use this kind of key. Try another browser, or choose another way.',
    key_unverified:
      'The passkey did not ask for a PIN, a fingerprint or a face. Set one up on the device, then try again.',
    keys_impossible: 'Passkeys and hardware keys cannot be used at this address. Ask the people who run this server.',
    too_many_keys: 'You have 20 passkeys and hardware keys, which is the most. Remove one first.',
    acted_lately:
      'In the last 24 hours you gave this account a password link or a help code, removed its second factor or changed its e-mail address. One person may do only one of them in that time. Ask a colleague, or wait.',
    address_code_ended: 'That code is no longer valid. Ask for a new one.',
    bad_request: 'The server could not read this request. Load the page again.',
    clock_changed: {
      totp: "The server's clock was changed. Use a backup code.",
      totpOnly: "The server's clock was changed. Ask for help.",
    },
    code_replaced: 'That backup code is from an older set and no longer valid. Use one of the newest set.',
    code_stopped: {
      totp: 'There were too many wrong codes from the app. This browser cannot use them any more. Use a backup code, or ask for help.',
      backup:
        'There were too many wrong backup codes. This browser cannot use them any more. Use a code from the app, or ask for help.',
      help: 'There were too many wrong help codes. This browser cannot use them any more. Ask for help.',
      totpOnly: 'There were too many wrong codes. No more codes are taken from this browser. Ask for help.',
    },
    code_used: {
      totp: 'That code has been used already. Wait for the next one.',
      backup: 'That backup code has been used already. Use another one.',
    },
    code_wait: {
      totp: 'There were too many wrong codes from the app. Wait before you enter the next one, or use a backup code.',
      backup: 'There were too many wrong backup codes. Wait before you enter the next one, or use a code from the app.',
      help: 'There were too many wrong help codes. Wait before you enter the next one.',
      totpOnly: 'There were too many wrong codes. Wait before you try again.',
    },
    code_wrong: {
      totp: 'That code is not right.',
      backup: 'That backup code is not right. Compare it with your sheet.',
      help: 'That help code is not right, or its time is over. Compare it, or ask for a new one.',
    },
    codes_not_shown:
      'The connection was interrupted. New backup codes were made, but they could not be shown. Generate them again.',
    factor_missing: 'This account has no second factor yet. Other roles need one.',
    factor_owed: 'These pages need two-factor authentication. Set it up first.',
    group_in_use: 'Rules of applications name this group. Take it out of them first.',
    headers_too_large: 'The browser sent too much data. Delete the cookies of this site, then load the page again.',
    help_stopped:
      'Somebody said “Not me” about a help code for this account. Nobody may help with it for 24 hours after that.',
    key_dead: {
      totp: 'There were too many wrong codes, so the key of your authenticator app is blocked for good. Use a backup code, or ask for help to get a new one.',
      backup:
        'There were too many wrong backup codes, so this set is blocked for good. Use a code from the app, or ask for help.',
      totpOnly:
        'There were too many wrong codes, so the key of your authenticator app is blocked for good. Ask for help to get a new one.',
    },
    key_unreadable: {
      totp: 'The server cannot read the key of your authenticator app. Use a backup code, or ask for help to get a new one.',
      totpOnly: 'The server cannot read the key of your authenticator app. Ask for help to get a new one.',
    },
    last_administrator: 'No other administrator with a second factor is left. Make another one first.',
    link_ended: 'This link has ended. Ask the person who gave it to you for a new one.',
    mail_wait: 'Too many codes were mailed. Wait before you ask for another.',
    mailed_code_wrong: 'That code is not right. Compare it with the mail.',
    method_not_allowed: 'This page does not match the server. Load the page again.',
    not_found: 'This does not exist any more.',
    own_account: 'This is your own account. Use your own settings, or ask another administrator.',
    password_known:
      'Somebody without the second factor has had the password lately. A colleague gives a password link first; once a new password is chosen, you can remove the second factor.',
    password_change_owed: 'Choose a new password first.',
    password_wrong: 'That password is not right.',
    pending_ended: 'This sign-in has ended. Start again with your password.',
    pending_key_ended: 'This key has ended. Start again with a new one.',
    policy_not_met: 'Your own account does not meet this policy. Set up what it demands first.',
    role_owed: 'Your role does not allow this. Ask an administrator.',
    second_factor_owed: 'Your account asks for a second factor now. Give it, then try again.',
    set_up_owed: 'Set up two-factor authentication first.',
    setup_closed: 'This server has its administrator already.',
    setup_token_wrong: 'This link is not right or too old. Restart the server to get a new one.',
    signed_out: 'You are signed out. Sign in again.',
    step_up_owed: 'Confirm that it is you, then try again.',
    too_large: 'That is too long.',
    two_factor_required:
      'Your organisation asks for this factor, so it stays. If it asks for a passkey or hardware key, add another one before you remove the last one.',
    unsupported_media: 'The server could not read this request. Load the page again.',
    wrong_state: 'This page was out of date. Look at it again, then try once more.',
  } satisfies LaterProblems,

  tries: {
    left: (n: number) => `You have ${plural(n, '1 try', `${n} tries`)} left before you have to wait.`,
    leftForKey: (n: number) => `You have ${plural(n, '1 try', `${n} tries`)} left before this key ends.`,
    leftForPassword: (n: number) => `You have ${plural(n, '1 try', `${n} tries`)} left before you are signed out.`,
    wait: 'Wait before you try again.',
  },
  clock: {
    slow: (minutes: number) =>
      `That code was right about ${plural(minutes, '1 minute', `${minutes} minutes`)} ago. The clock of your phone seems to be slow. Turn on automatic date and time, then enter a new code.`,
    fast: (minutes: number) =>
      `That code will be right in about ${plural(minutes, '1 minute', `${minutes} minutes`)}. The clock of your phone seems to be fast. Turn on automatic date and time, then enter a new code.`,
    check: 'Check that your phone shows the right time.',
  },
}

export type Texts = typeof texts

export const texts = {
  /** The state as a whole. */
  head: {
    almostTitle: 'Almost done: save your backup codes',
    protectedTitle: 'Your account is protected',
    since: (when: string) => `On since ${when}`,
    lastUsed: (when: string) => `last used ${when}`,
    brokenTitle: 'Your key cannot be used',
    dead: 'There were too many wrong codes, so this key is blocked for good. Move to Different Phone gives you a new one, on the same phone, too: confirm with your password and a backup code. Without a backup code, ask for help.',
    unreadable:
      'The server cannot read your key. Move to Different Phone gives you a new one, on the same phone, too: confirm with your password and a backup code. Without a backup code, ask for help.',
    pausedTitle: 'Your account does not ask for a second factor',
    pausedUntil: (when: string) => `Disabled until ${when}. Your second factors and your backup codes are kept.`,
    pausedOpen: 'Disabled until you enable it again. Your second factors and your backup codes are kept.',
  },

  app: {
    title: 'Authenticator app',
    entry: 'Its entry in the app is named',
    none: 'Codes from an app on your phone work in every browser.',
    setUp: 'Set up an authenticator app',
    dead: 'Blocked for good after too many wrong codes. Move to Different Phone gives you a new key, on the same phone, too.',
    unreadable: 'The server cannot read its key. Move to Different Phone gives you a new one, on the same phone, too.',
    added: 'The authenticator app is set up.',
  },
  /** All keys are of another address, and there is no app. */
  oldKeys:
    'Your passkeys and hardware keys belong to the old address of this server. Add another way, then remove them.',

  kinds: { passkey: 'Passkey', hardware_key: 'Hardware key' },
  connections: { usb: 'USB', nfc: 'NFC', ble: 'Bluetooth' },
  added: (when: string) => `added ${when}`,
  used: (when: string) => `last used ${when}`,
  unused: 'never used',
  old: 'It belongs to the old address of this server and cannot be used any more: remove it.',
  rename: 'Rename',
  remove: 'Remove',

  backupCodes: {
    title: 'Backup codes',
    have: 'You have',
    use: 'Use one when your phone or key is not at hand; each works once.',
    none: 'Without them, a lost phone or key locks you out.',
    dead: 'There were too many wrong backup codes, so this set is blocked for good. Generate new codes.',
    set: (n: number) => `Set ${n}`,
    made: (when: string) => `made ${when}`,
    checkWord: 'check word',
    confirmed: (when: string) => `Confirmed as saved ${when}`,
    unconfirmed: 'Not confirmed as saved',
    checked: (when: string) => `Last checked ${when}`,
    unchecked: 'Never checked',
    replaceTitle: 'Generate new backup codes?',
    replace: 'Existing backup codes stop working as soon as the new ones are made.',
    replaceHint: 'The new codes are shown only once. Have a printer or a safe place for a file at hand.',
    allSet: 'All set. Your account is protected, and your backup codes are saved.',
  },

  disable: {
    button: 'Disable',
    change: 'Change',
    cardTitle: 'Disable two-factor authentication',
    cardText: 'Only your password will protect your account.',
    cardPaused: 'You can change how long, or remove every second factor.',
    requiredTitle: 'Two-factor authentication is required',
    required: 'Your organisation asks for it, so it cannot be disabled.',
  },
}

export type Texts = typeof texts

export const texts = {
  /** Adding a key: beside other factors, and in place of an app. */
  more: {
    title: 'Add another way',
    text: 'A second way keeps you in when one is lost.',
  },
  instead: {
    title: 'Passkey or hardware key',
    text: 'For a passkey you give your fingerprint, your face or the PIN of your device. A hardware key is connected and touched. Neither works on a forged page.',
  },
  add: { passkey: 'Add a passkey', hardware_key: 'Add a hardware key' },
  waiting: 'Your browser now tells you what to do.',
  addedKey: { passkey: 'The passkey is added.', hardware_key: 'The hardware key is added.' },
  first: 'Two-factor authentication is enabled. Now save backup codes.',
}

export type Texts = typeof texts

export const texts = {
  name: {
    title: { passkey: 'Name your passkey', hardware_key: 'Name your hardware key' },
    text: 'It is added. With a name you can tell your keys apart.',
    renameTitle: { passkey: 'Rename this passkey', hardware_key: 'Rename this hardware key' },
    label: 'Name',
    hint: 'Such as the device it is on, or what it looks like.',
    save: 'Save name',
    skip: 'Skip',
    tooLong: 'Name: use at most 40 characters.',
    notAllowed: 'Name: it has a character that cannot be used.',
    saved: 'The name is saved.',
  },

  removal: {
    title: {
      passkey: 'Remove this passkey?',
      hardware_key: 'Remove this hardware key?',
      app: 'Remove the authenticator app?',
    },
    text: 'It no longer works for this account, and all other sessions of your account end.',
    last: 'It is your last second factor: two-factor authentication is then off, and your backup codes are deleted. All other sessions of your account end.',
    label: { passkey: 'Remove passkey', hardware_key: 'Remove hardware key', app: 'Remove authenticator app' },
    done: 'It is removed. All other sessions of your account were ended.',
    doneApp:
      'The authenticator app is removed. Delete its entry from the app. All other sessions of your account were ended.',
    /** Of a passkey, after one of the others. */
    onDevice: 'You can delete the passkey from your device.',
    doneLast: 'It is removed, and two-factor authentication is off. All other sessions of your account were ended.',
  },
}

export type Texts = typeof texts

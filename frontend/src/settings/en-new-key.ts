export const texts = {
  region: 'New passkeys and hardware keys',
  added: {
    passkey: 'A passkey was added to your account',
    hardware_key: 'A hardware key was added to your account',
  },
  means: 'With it and your password somebody can sign in.',
  button: 'Not me',
  mine: 'It was me',
  title: { passkey: 'You did not add this passkey?', hardware_key: 'You did not add this hardware key?' },
  text: 'It is removed at once, with backup codes made since an hour before it. All other sessions of your account end.',
  confirm: 'Remove it',
  done: 'It is removed, and everybody else is signed out.',
  next: 'The person who added it knows your password. Backup codes made since an hour before it no longer work: check whether you need new ones.',
  change: 'Change your password.',
}

export type Texts = typeof texts

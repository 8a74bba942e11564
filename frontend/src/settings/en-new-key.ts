export const texts = {
  region: 'New passkeys and hardware keys',
  added: {
    passkey: 'A passkey was added to your account',
    hardware_key: 'A hardware key was added to your account',
  },
  means: 'With it and your password somebody can sign in.',
  button: 'Not me',
  mine: 'It was me',
  title: { passkey: 'You have not added this passkey?', hardware_key: 'You have not added this hardware key?' },
  text: 'It is removed at once, with backup codes that were made about the same time. All other sessions of your account end.',
  confirm: 'Remove it',
  done: 'It is removed, and everybody else is signed out.',
  next: 'The person who added it knows your password. Backup codes made about the same time no longer work: look whether you need new ones.',
  change: 'Change your password.',
}

export type Texts = typeof texts

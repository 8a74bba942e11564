export const texts = {
  twoFactor: {
    title: 'Two-Factor Authentication',
    lead: 'A second step keeps your account safe, even when someone knows your password.',
    welcome: 'Scan the code, then enter what the app shows.',
    later: 'Later',
    required: 'Your organisation asks for two-factor authentication. Set it up to go on.',
    keyRequired: 'You need a new key before you can go on.',
    status: 'Status',
    whyTitle: 'Authenticator app',
    why: 'After your password you enter a short code that only your phone knows. Each code works once. It takes about two minutes to set up with any authenticator app.',
    setUp: 'Set Up Authenticator',
    phoneName: 'Phone name',
    phoneHint: 'So that you know which phone shows the codes.',
    phoneSaved: 'Phone name saved.',
  },

  notice: {
    title: 'Security notices and phone',
    titleAlone: 'Security notices',
    address: 'Security notices go to',
    hint: 'An e-mail address. It gets a message about every change to your second factor or your password.',
    noMail: 'This server sends no mail. Notices are shown to you at the next sign-in.',
    savedAddress: 'E-mail address saved.',
    cleared: 'E-mail address removed.',
    codeSent: (address: string) => `A code was mailed to ${address}.`,
  },
}

export type Texts = typeof texts

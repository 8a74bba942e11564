export const texts = {
  tagline: 'Two keys are safer than one.',
  title: 'Sign in',
  lead: (brand: string) => `Use your ${brand} account.`,
  username: 'User name',
  submit: 'Sign in',
  usernameMissing: 'User name: enter your user name.',
  ended: 'Your session has ended. Sign in again to go on.',
  pendingEnded: 'That sign-in has ended. Start again with your password.',
}

export type Texts = typeof texts

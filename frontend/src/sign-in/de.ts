import type { Texts } from './en'

export const texts: Texts = {
  tagline: 'Zwei Schlüssel sind sicherer als einer.',
  title: 'Anmelden',
  lead: (brand) => `Verwenden Sie Ihr Konto bei ${brand}.`,
  username: 'Benutzername',
  submit: 'Anmelden',
  usernameMissing: 'Benutzername: Geben Sie Ihren Benutzernamen ein.',
  ended: 'Ihre Sitzung ist beendet. Melden Sie sich wieder an, um weiterzumachen.',
  pendingEnded: 'Diese Anmeldung ist beendet. Beginnen Sie noch einmal mit Ihrem Passwort.',
}

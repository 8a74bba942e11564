import type { Texts } from './en-two-factor'

export const texts: Texts = {
  twoFactor: {
    title: 'Zwei-Faktor-Authentifizierung',
    lead: 'Ein zweiter Schritt schützt Ihr Konto, selbst wenn jemand Ihr Passwort kennt.',
    welcome: 'Scannen Sie den Code, dann geben Sie ein, was die App zeigt.',
    later: 'Später',
    required: 'Ihre Organisation verlangt die Zwei-Faktor-Authentifizierung. Richten Sie sie ein, um weiterzumachen.',
    keyRequired: 'Sie brauchen einen neuen Schlüssel, bevor Sie weitermachen können.',
    status: 'Status',
    whyTitle: 'Authenticator-App',
    why: 'Nach dem Passwort geben Sie einen kurzen Code ein, den nur Ihr Telefon kennt. Jeder gilt einmal. Das Einrichten dauert etwa zwei Minuten.',
    setUp: 'Authenticator einrichten',
    phoneName: 'Name des Telefons',
    phoneHint: 'Damit Sie wissen, welches Telefon die Codes zeigt.',
    phoneSaved: 'Der Name des Telefons ist gespeichert.',
  },

  notice: {
    title: 'Sicherheitshinweise und Telefon',
    titleAlone: 'Sicherheitshinweise',
    address: 'Sicherheitshinweise gehen an',
    hint: 'Eine E-Mail-Adresse. Dorthin geht eine Nachricht über jede Änderung an Ihrem zweiten Faktor oder Ihrem Passwort.',
    noMail: 'Dieser Server verschickt keine E\u2011Mails. Hinweise sehen Sie bei der nächsten Anmeldung.',
    savedAddress: 'Die E-Mail-Adresse ist gespeichert.',
    cleared: 'Die E-Mail-Adresse ist entfernt.',
    codeSent: (address) => `Ein Code wurde an ${address} geschickt.`,
  },
}

import { plural } from '../lib/plural'
import type { Texts } from './en-verify'

export const texts: Texts = {
  verify: {
    title: 'Bestätigung',
    lead: (brand) =>
      `Lesen Sie einen Bestätigungscode in der Authenticator-App ab oder geben Sie einen der Backup-Codes ein, die Sie von ${brand} bekommen haben.`,
    leadBackup: (brand) => `Geben Sie einen der Backup-Codes ein, die Sie von ${brand} bekommen haben.`,
    noOtherBrowser: 'Wenn Sie keinen haben, klicken Sie unten auf „Telefon und Codes verloren?“.',
    elsewhere:
      'Ihre Passkeys und Hardware-Schlüssel gehören zu einer anderen Adresse dieses Servers und funktionieren hier nicht. Klicken Sie unten auf „Telefon und Codes verloren?“.',
    submit: 'Bestätigen',
    lost: 'Telefon und Codes verloren?',
    helpCode:
      'Das ist ein Hilfe-Code. Geben Sie ihn unten ein, nach einem Klick auf „Telefon und Codes verloren?“. Das zählte nicht als Versuch.',
    ending: 'Diese Anmeldung endet in',
    goOn: 'Ich brauche mehr Zeit',
  },

  afterBackup: {
    title: 'Sie haben einen Backup-Code verwendet',
    have: 'Sie haben noch',
    left: (n) => plural(n, 'unbenutzten Backup-Code.', 'unbenutzte Backup-Codes.'),
    once: 'Der eingegebene gilt nicht noch einmal: Haken Sie ihn auf Ihrem Blatt ab.',
    few: 'Es sind nur noch wenige Codes übrig. Erzeugen Sie jetzt einen neuen Satz, solange Sie sich anmelden können.',
    none: 'Das war Ihr letzter Code. Erzeugen Sie jetzt einen neuen Satz, solange Sie sich anmelden können.',
    moveHint: 'Ist Ihr Telefon verloren oder kaputt? Ziehen Sie jetzt auf ein anderes um.',
    lostKey: 'Verlorenen Passkey oder Hardware-Schlüssel entfernen',
    goOn: 'Weiter',
  },

  setup: {
    needed:
      'Dieser Server hat noch keinen Administrator. Um ihn anzulegen, öffnen Sie den Link, den er beim Start ausgegeben hat: Er steht in der Ausgabe oder im Protokoll des Servers.',
    title: 'Erster Start',
    lead: 'Legen Sie den Administrator dieses Servers an. Das geht genau einmal.',
    username: 'Benutzername',
    displayName: 'Vollständiger Name',
    submit: 'Administrator anlegen',
    signedIn: 'Der Administrator ist angelegt, und Sie sind angemeldet. Richten Sie jetzt Ihren zweiten Faktor ein.',
    created: 'Der Administrator ist angelegt. Melden Sie sich jetzt an.',
    noToken:
      'Öffnen Sie den ganzen Link, den der Server beim Start ausgegeben hat. Er endet mit einem Einmalschlüssel.',
    closed: 'Dieser Server hat bereits einen Administrator.',
    toSignIn: 'Zur Anmeldung',
    usernameMissing: 'Benutzername: Wählen Sie einen Benutzernamen.',
  },
}

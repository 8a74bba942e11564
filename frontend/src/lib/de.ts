import type { Texts } from './en'

export const texts: Texts = {
  errorPrefix: 'Fehler: ',
  optional: '(freiwillig)',
  language: 'Sprache',
  toDark: 'Dunkle Darstellung einschalten',
  toLight: 'Helle Darstellung einschalten',
  help: 'Hilfe',
  password: 'Passwort',
  passwordMissing: 'Passwort: Geben Sie Ihr Passwort ein.',
  showPassword: 'Passwort anzeigen',
  hidePassword: 'Passwort verbergen',
  retryIn: 'Neuer Versuch möglich in',
  retryNow: 'Sie können es jetzt wieder versuchen.',

  problems: {
    busy: 'Der Server ist gerade ausgelastet. Versuchen Sie es in ein paar Sekunden noch einmal.',
    credentials_wrong: 'Der Benutzername oder das Passwort ist nicht richtig.',
    cross_site:
      'Der Browser hat diese Anfrage so gesendet, als käme sie von einer anderen Website. Laden Sie die Seite neu.',
    csrf: 'Diese Seite war nicht mehr aktuell. Versuchen Sie es noch einmal.',
    internal: 'Auf dem Server ist etwas schiefgegangen. Versuchen Sie es noch einmal.',
    invalid: 'Der Server hat die Eingabe nicht angenommen. Prüfen Sie sie und versuchen Sie es noch einmal.',
    misdirected: 'Das ist nicht die Adresse dieses Servers. Fragen Sie die Betreiber nach der richtigen.',
    network: 'Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
    no_space:
      'Der Server hat keinen Platz mehr, und nichts wurde geändert. Bitten Sie die Betreiber, Platz zu schaffen.',
    not_arrived: 'Die Verbindung wurde unterbrochen, und es wurde nichts geändert. Versuchen Sie es noch einmal.',
    request_timeout: 'Das hat zu lange gedauert. Versuchen Sie es noch einmal.',
    sign_in_wait: 'Es gab zu viele falsche Passwörter. Warten Sie, bevor Sie es wieder versuchen.',
    unavailable: 'Der Server ist gleich wieder da. Versuchen Sie es in ein paar Sekunden noch einmal.',
  },
  requestId: (id) => `Wenn Sie um Hilfe bitten, nennen Sie die Anfrage ${id}.`,
}

import type { Texts } from './en'

export const de: Texts = {
  errorPrefix: 'Fehler: ',
  optional: '(freiwillig)',
  dismiss: 'Ausblenden',
  language: 'Sprache',
  toDark: 'Dunkle Darstellung einschalten',
  toLight: 'Helle Darstellung einschalten',
  help: 'Hilfe',
  showPassword: 'Passwort anzeigen',
  hidePassword: 'Passwort verbergen',
  tagline: 'Zwei Schlüssel sind sicherer als einer.',
  retryIn: 'Neuer Versuch möglich in',
  retryNow: 'Sie können es jetzt wieder versuchen.',

  signIn: {
    title: 'Anmelden',
    lead: (brand) => `Verwenden Sie Ihr Konto bei ${brand}.`,
    username: 'Benutzername',
    password: 'Passwort',
    submit: 'Anmelden',
    usernameMissing: 'Benutzername: Geben Sie Ihren Benutzernamen ein.',
    passwordMissing: 'Passwort: Geben Sie Ihr Passwort ein.',
    ended: 'Ihre Sitzung ist beendet. Melden Sie sich wieder an, um weiterzumachen.',
    pendingEnded: 'Diese Anmeldung ist beendet. Beginnen Sie noch einmal mit Ihrem Passwort.',
  },

  unreachable: {
    title: 'Der Server ist nicht erreichbar',
    text: 'Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal. Wenn es weiterhin nicht geht, ist der Server vielleicht für einen Moment außer Betrieb.',
    retry: 'Noch einmal versuchen',
  },

  insecure: {
    title: 'Diese Verbindung ist nicht sicher',
    text: 'Anmelden können Sie sich nur über eine sichere Verbindung, denn sonst könnte jemand Ihr Passwort mitlesen. Öffnen Sie die Adresse mit https:// am Anfang.',
    open: (address) => `${address} öffnen`,
    operator: 'Wenn das nicht geht, fragen Sie die Betreiber dieses Servers nach der richtigen Adresse.',
  },

  problems: {
    internal: 'Auf dem Server ist etwas schiefgegangen. Versuchen Sie es noch einmal.',
    internalWithId: (id) =>
      `Auf dem Server ist etwas schiefgegangen. Versuchen Sie es noch einmal. Wenn Sie um Hilfe bitten, nennen Sie ${id}.`,
    plain: {
      network: 'Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
      not_arrived: 'Die Verbindung wurde unterbrochen, und es wurde nichts geändert. Versuchen Sie es noch einmal.',
      credentials_wrong: 'Der Benutzername oder das Passwort ist nicht richtig.',
      sign_in_wait: 'Es gab zu viele falsche Passwörter. Warten Sie, bevor Sie es wieder versuchen.',
      csrf: 'Diese Seite war nicht mehr aktuell. Versuchen Sie es noch einmal.',
      cross_site:
        'Der Browser hat diese Anfrage so gesendet, als käme sie von einer anderen Website. Laden Sie die Seite neu.',
      misdirected: 'Das ist nicht die Adresse dieses Servers. Fragen Sie die Betreiber nach der richtigen.',
      busy: 'Der Server ist gerade ausgelastet. Versuchen Sie es in ein paar Sekunden noch einmal.',
      unavailable: 'Der Server ist gerade nicht bereit. Versuchen Sie es in ein paar Sekunden noch einmal.',
      request_timeout: 'Das hat zu lange gedauert. Versuchen Sie es noch einmal.',
      invalid: 'Der Server hat die Eingabe nicht angenommen. Prüfen Sie sie und versuchen Sie es noch einmal.',
    },
  },
}

import type { Texts } from './en-open'

export const texts: Texts = {
  open: {
    title: (application) => `${application} wird geöffnet…`,
    stays: 'Wenn nichts geschieht, machen Sie hier weiter.',
    link: (application) => `${application} öffnen`,
  },
  denied: {
    title: (application) => `Kein Zugang zu ${application}`,
    signedInAs: (account) => `Sie sind als ${account} angemeldet.`,
    text: (address) => `Dieses Konto darf diese Seite nicht öffnen: ${address}`,
    ask: (contact) => `Fragen Sie hier nach: ${contact}`,
    askNoContact: 'Fragen Sie die Betreiber dieses Servers.',
    other: 'Mit einem anderen Konto anmelden',
  },
  needs: {
    title: 'Bestätigen Sie, dass Sie es sind',
    lately: (application) => `Für ${application} ist Ihre letzte Bestätigung zu lange her.`,
    paused: (application) =>
      `${application} verlangt einen zweiten Faktor. Die Zwei-Faktor-Authentifizierung bleibt deaktiviert, wie Sie es gewählt haben.`,
    key: (application) => `${application} verlangt einen Passkey oder Hardware-Schlüssel. Codes reichen nicht.`,
    password: 'Geben Sie Ihr Passwort noch einmal ein.',
    code: 'Geben Sie einen neuen Code aus der Authenticator-App oder einen Backup-Code ein.',
    backup: 'Geben Sie einen Backup-Code ein.',
    both: 'Geben Sie Ihr Passwort ein und dazu einen neuen Code aus der Authenticator-App oder einen Backup-Code.',
    tooNew:
      'Ihrer ist zu neu: Ein Passkey oder Hardware-Schlüssel zählt erst 72 Stunden, nachdem er hinzugefügt wurde. Kommen Sie dann wieder.',
    noWay:
      'An dieser Adresse funktioniert kein zweiter Faktor Ihres Kontos. Fragen Sie die Leute, die diesen Server betreiben.',
    submit: 'Weiter',
  },
  set_up: {
    title: (application) => `${application} verlangt einen zweiten Faktor`,
    text: 'Ihr Konto hat noch keinen. Richten Sie ihn ein und speichern Sie Ihre Backup-Codes; danach öffnet sich die Anwendung von selbst.',
    start: 'Zweiten Faktor einrichten',
  },
  addKey: {
    title: (application) => `${application} verlangt einen Passkey oder Hardware-Schlüssel`,
    text: 'Ihr Konto hat noch keinen. Fügen Sie einen hinzu; er zählt erst 72 Stunden, nachdem er hinzugefügt wurde, damit kein anderer einen hinzufügen und sofort verwenden kann.',
    start: 'Passkey oder Hardware-Schlüssel hinzufügen',
  },
  unknown: {
    title: 'Unter dieser Adresse gibt es keine Anwendung',
    text: 'Prüfen Sie die Adresse, oder beginnen Sie auf der Startseite.',
  },
  failed: { title: 'Die Anwendung konnte nicht geöffnet werden', again: 'Noch einmal versuchen' },
}

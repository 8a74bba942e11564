import type { Texts } from './en-disable'

export const texts: Texts = {
  title: 'Zwei-Faktor-Authentifizierung deaktivieren?',
  titlePaused: 'Wie lange deaktivieren?',
  lead: 'Wer Ihr Passwort erfährt, kann sich dann bei Ihrem Konto anmelden.',
  pause: 'Zwei-Faktor-Authentifizierung vorübergehend deaktivieren',
  pauseText:
    'Ihre zweiten Faktoren und Ihre Backup-Codes bleiben. Sie können die Zwei-Faktor-Authentifizierung jederzeit wieder aktivieren.',
  length: 'Wie lange',
  lengths: { hour: '1 Stunde', day: '1 Tag', week: '1 Woche', open: 'Bis ich sie wieder aktiviere' },
  remove: 'Den Sicherheitsschlüssel vollständig entfernen',
  removeText: 'Entfernt alle zweiten Faktoren und alle Backup-Codes. Danach müssten Sie alles neu einrichten.',
  pauseFor: {
    hour: 'Für 1 Stunde deaktivieren',
    day: 'Für 1 Tag deaktivieren',
    week: 'Für 1 Woche deaktivieren',
    open: 'Deaktivieren, bis ich sie wieder aktiviere',
  },
  removeNow: 'Sicherheitsschlüssel entfernen',
  pausedUntil: (when) => `Die Zwei-Faktor-Authentifizierung ist deaktiviert bis ${when}.`,
  pausedOpen: 'Die Zwei-Faktor-Authentifizierung ist deaktiviert, bis Sie sie wieder aktivieren.',
  removed: 'Alle zweiten Faktoren sind entfernt. Löschen Sie den Eintrag aus Ihrer Authenticator-App.',
  removedKeys: 'Alle zweiten Faktoren sind entfernt.',
}

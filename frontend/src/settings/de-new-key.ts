import type { Texts } from './en-new-key'

export const texts: Texts = {
  region: 'Neue Passkeys und Hardware-Schlüssel',
  added: {
    passkey: 'Zu Ihrem Konto wurde ein Passkey hinzugefügt',
    hardware_key: 'Zu Ihrem Konto wurde ein Hardware-Schlüssel hinzugefügt',
  },
  means: 'Damit und mit Ihrem Passwort kann sich jemand anmelden.',
  button: 'Das war ich nicht',
  mine: 'Das war ich',
  title: {
    passkey: 'Sie haben diesen Passkey nicht hinzugefügt?',
    hardware_key: 'Sie haben diesen Hardware-Schlüssel nicht hinzugefügt?',
  },
  text: 'Er wird sofort entfernt, mit Backup-Codes, die ab einer Stunde davor erstellt wurden. Alle anderen Sitzungen Ihres Kontos enden.',
  confirm: 'Entfernen',
  done: 'Er ist entfernt, und alle anderen sind abgemeldet.',
  next: 'Die Person, die ihn hinzugefügt hat, kennt Ihr Passwort. Backup-Codes, die ab einer Stunde davor erstellt wurden, gelten nicht mehr: Prüfen Sie, ob Sie neue brauchen.',
  change: 'Ändern Sie Ihr Passwort.',
}

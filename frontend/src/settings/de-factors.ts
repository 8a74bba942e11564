import type { Texts } from './en-factors'

export const texts: Texts = {
  head: {
    almostTitle: 'Fast fertig: Sichern Sie Ihre Backup-Codes',
    protectedTitle: 'Ihr Konto ist geschützt',
    since: (when) => `Aktiviert seit ${when}`,
    lastUsed: (when) => `zuletzt verwendet: ${when}`,
    brokenTitle: 'Ihr Schlüssel kann nicht verwendet werden',
    dead: 'Nach zu vielen falschen Codes ist der Schlüssel endgültig gesperrt. Mit „Auf anderes Telefon umziehen“ bekommen Sie einen neuen, auch auf demselben Telefon: Bestätigen Sie mit Passwort und Backup-Code. Ohne Backup-Code bitten Sie um Hilfe.',
    unreadable:
      'Der Server kann Ihren Schlüssel nicht lesen. Mit „Auf anderes Telefon umziehen“ bekommen Sie einen neuen, auch auf demselben Telefon: Bestätigen Sie mit Passwort und Backup-Code. Ohne Backup-Code bitten Sie um Hilfe.',
    pausedTitle: 'Ihr Konto verlangt keinen zweiten Faktor',
    pausedUntil: (when) => `Deaktiviert bis ${when}. Ihre zweiten Faktoren und Ihre Backup-Codes bleiben.`,
    pausedOpen: 'Deaktiviert, bis Sie sie wieder aktivieren. Ihre zweiten Faktoren und Ihre Backup-Codes bleiben.',
  },

  app: {
    title: 'Authenticator-App',
    entry: 'Ihr Eintrag in der App heißt',
    none: 'Codes aus einer App auf Ihrem Telefon funktionieren in jedem Browser.',
    setUp: 'Authenticator-App einrichten',
    dead: 'Nach zu vielen falschen Codes endgültig gesperrt. Mit „Auf anderes Telefon umziehen“ bekommen Sie einen neuen Schlüssel, auch auf demselben Telefon.',
    unreadable:
      'Der Server kann ihren Schlüssel nicht lesen. Mit „Auf anderes Telefon umziehen“ bekommen Sie einen neuen, auch auf demselben Telefon.',
    added: 'Die Authenticator-App ist eingerichtet.',
  },
  oldKeys:
    'Ihre Passkeys und Hardware-Schlüssel gehören zur alten Adresse dieses Servers. Fügen Sie einen anderen Weg hinzu, dann entfernen Sie sie.',

  kinds: { passkey: 'Passkey', hardware_key: 'Hardware-Schlüssel' },
  connections: { usb: 'USB', nfc: 'NFC', ble: 'Bluetooth' },
  added: (when) => `hinzugefügt: ${when}`,
  used: (when) => `zuletzt verwendet: ${when}`,
  unused: 'nie verwendet',
  old: 'Gehört zur alten Adresse dieses Servers und lässt sich nicht mehr verwenden: Entfernen Sie den Eintrag.',
  rename: 'Umbenennen',
  remove: 'Entfernen',

  backupCodes: {
    title: 'Backup-Codes',
    have: 'Sie haben',
    use: 'Verwenden Sie einen, wenn Telefon oder Schlüssel nicht zur Hand sind; jeder gilt einmal.',
    none: 'Ohne sie sperrt ein verlorenes Telefon oder ein verlorener Schlüssel Sie aus.',
    dead: 'Nach zu vielen falschen Codes ist dieser Satz endgültig gesperrt. Erzeugen Sie neue Codes.',
    set: (n) => `Satz ${n}`,
    made: (when) => `erzeugt: ${when}`,
    checkWord: 'Prüfwort',
    confirmed: (when) => `Als gespeichert bestätigt: ${when}`,
    unconfirmed: 'Nicht als gespeichert bestätigt',
    checked: (when) => `Zuletzt geprüft: ${when}`,
    unchecked: 'Nie geprüft',
    replaceTitle: 'Neue Backup-Codes erzeugen?',
    replace: 'Vorhandene Backup-Codes gelten nicht mehr, sobald die neuen erzeugt sind.',
    replaceHint:
      'Die neuen Codes werden nur einmal angezeigt. Halten Sie einen Drucker oder einen sicheren Ort bereit.',
    allSet: 'Fertig. Ihr Konto ist geschützt, und Ihre Backup-Codes sind gespeichert.',
  },

  disable: {
    button: 'Deaktivieren',
    change: 'Ändern',
    cardTitle: 'Zwei-Faktor-Authentifizierung deaktivieren',
    cardText: 'Dann schützt nur Ihr Passwort Ihr Konto.',
    cardPaused: 'Sie können ein anderes Ende wählen oder alle zweiten Faktoren entfernen.',
    requiredTitle: 'Die Zwei-Faktor-Authentifizierung ist vorgeschrieben',
    required: 'Ihre Organisation verlangt sie. Sie lässt sich deshalb nicht deaktivieren.',
  },
}

import type { Texts } from './en-factor-dialogs'

export const texts: Texts = {
  name: {
    title: {
      passkey: 'Geben Sie dem Passkey einen Namen',
      hardware_key: 'Geben Sie dem Hardware-Schlüssel einen Namen',
    },
    text: 'Er ist hinzugefügt. Mit einem Namen können Sie Ihre Schlüssel unterscheiden.',
    renameTitle: { passkey: 'Passkey umbenennen', hardware_key: 'Hardware-Schlüssel umbenennen' },
    label: 'Name',
    hint: 'Zum Beispiel das Gerät, auf dem er ist, oder wie er aussieht.',
    save: 'Namen speichern',
    skip: 'Überspringen',
    tooLong: 'Name: Verwenden Sie höchstens 40 Zeichen.',
    notAllowed: 'Name: Ein Zeichen darin kann nicht verwendet werden.',
    saved: 'Der Name ist gespeichert.',
  },

  removal: {
    title: {
      passkey: 'Diesen Passkey entfernen?',
      hardware_key: 'Diesen Hardware-Schlüssel entfernen?',
      app: 'Die Authenticator-App entfernen?',
    },
    text: 'Damit können Sie sich bei diesem Konto nicht mehr anmelden, und alle anderen Sitzungen Ihres Kontos enden.',
    last: 'Das ist Ihr letzter zweiter Faktor: Die Zwei-Faktor-Authentifizierung ist dann deaktiviert, und Ihre Backup-Codes werden gelöscht. Alle anderen Sitzungen Ihres Kontos enden.',
    label: {
      passkey: 'Passkey entfernen',
      hardware_key: 'Hardware-Schlüssel entfernen',
      app: 'Authenticator-App entfernen',
    },
    done: 'Entfernt. Alle anderen Sitzungen Ihres Kontos wurden beendet.',
    doneApp:
      'Die Authenticator-App ist entfernt. Löschen Sie den Eintrag aus der App. Alle anderen Sitzungen Ihres Kontos wurden beendet.',
    onDevice: 'Den Passkey können Sie nun auch auf Ihrem Gerät löschen.',
    doneLast:
      'Entfernt. Die Zwei-Faktor-Authentifizierung ist deaktiviert. Alle anderen Sitzungen Ihres Kontos wurden beendet.',
  },
}

import type { Texts } from './en-add-key'

export const texts: Texts = {
  more: {
    title: 'Weiteren Weg hinzufügen',
    text: 'Mit einem zweiten Weg können Sie sich auch anmelden, wenn einer verloren geht.',
  },
  instead: {
    title: 'Passkey oder Hardware-Schlüssel',
    text: 'Für einen Passkey genügt Fingerabdruck, Gesicht oder die PIN Ihres Geräts. Einen Hardware-Schlüssel verbinden und berühren Sie. Auf einer gefälschten Seite funktioniert keiner von beiden.',
  },
  add: { passkey: 'Passkey hinzufügen', hardware_key: 'Hardware-Schlüssel hinzufügen' },
  waiting: 'Ihr Browser sagt Ihnen jetzt, was zu tun ist.',
  addedKey: { passkey: 'Der Passkey ist hinzugefügt.', hardware_key: 'Der Hardware-Schlüssel ist hinzugefügt.' },
  first: 'Die Zwei-Faktor-Authentifizierung ist aktiviert. Sichern Sie jetzt Backup-Codes.',
}

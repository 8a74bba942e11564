import { plural } from '../lib/plural'
import type { Texts } from './en-events'

export const texts: Texts = {
  title: 'Alle Aktivitäten',
  lead: 'Die Ereignisse aller Konten und des Servers, das neueste zuerst.',
  person: 'Person (Benutzername)',
  by: 'Gehandelt hat (Benutzername)',
  kind: 'Ereignis',
  address: 'Adresse oder Netz',
  since: 'Von',
  until: 'Bis',
  all: 'Alles',
  search: 'Suchen',
  everything: 'Leeren',
  export: 'Exportieren',
  none: 'Nichts wurde gefunden. Ändern Sie die Suche.',
  found: (n, more) =>
    more
      ? `Die neuesten ${n} Ereignisse werden angezeigt.`
      : plural(n, '1 Ereignis wird angezeigt.', `${n} Ereignisse werden angezeigt.`),
  deleted: (id) => `Gelöschtes Konto ${id}`,
  exportTitle: 'Diese Ereignisse exportieren',
  exportText:
    'Die Datei enthält alle Ereignisse, die gefunden wurden, mit Namen und Adressen. Bewahren Sie sie sicher auf.',
  tooMany:
    'Das sind mehr als 50.000 Ereignisse. Schränken Sie die Zeit ein, oder nehmen Sie den Befehl imagemaster audit export.',
  kinds: {
    password: 'Passwort bei der Anmeldung',
    second_factor: 'Zweiter Faktor bei der Anmeldung',
    step_up_password: 'Bestätigung mit dem Passwort',
    step_up_code: 'Bestätigung mit einem Code',
    step_up_key: 'Bestätigung mit Passkey oder Hardware-Schlüssel',
    passkey_added: 'Passkey oder Hardware-Schlüssel hinzugefügt',
    passkey_renamed: 'Passkey oder Hardware-Schlüssel umbenannt',
    passkey_removed: 'Passkey oder Hardware-Schlüssel entfernt',
    passkey_refused: '„Das war ich nicht“ zu einem neuen Passkey oder Hardware-Schlüssel',
    enrollment_code: 'Erster Code eines neuen Schlüssels',
    notice_address_code: 'Code für eine neue Adresse',
    password_known: 'Richtiges Passwort, kein richtiger zweiter Faktor',
    notification_sent: 'Sicherheitsmail verschickt',
    notification_failed: 'Sicherheitsmail nicht zugestellt',
  },
  reasons: {
    unknown: 'Es gibt kein Konto mit diesem Benutzernamen.',
    not_allowed: 'Adresse: Geben Sie eine wie 192.0.2.7 ein oder ein Netz wie 192.0.2.0/24.',
  },
}

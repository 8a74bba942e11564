import { plural } from '../lib/plural'
import type { Texts } from './en-invite'

export const texts: Texts = {
  link: {
    invitation: 'Die Einladung',
    password: 'Der Passwort-Link',
    mailed: (address) => `Der Link wurde an ${address} geschickt. Niemand sonst sieht ihn.`,
    handOver: (name) => `Geben Sie ${name} diesen Link so, dass niemand sonst ihn liest. Er wird nur jetzt angezeigt.`,
    works: (when) => `Er gilt einmal, bis ${when}.`,
    copy: 'Kopieren',
    copied: 'Kopiert',
    notCopied: 'Der Browser hat ihn nicht kopiert. Markieren und kopieren Sie den Link selbst.',
    leave: 'Der Link ist nicht kopiert. Er geht verloren, wenn Sie die Seite verlassen. Trotzdem verlassen?',
    done: 'Fertig',
    next: 'Weitere Person einladen',
  },

  invite: {
    title: 'Person einladen',
    lead: 'Die Person bekommt einen Link, wählt ein Passwort, richtet einen zweiten Faktor ein und bewahrt Backup-Codes auf. Andere Rollen sind danach möglich.',
    groups: 'Gruppen',
    works: 'Wie lange der Link gilt',
    submit: 'Einladen',
  },
  hours: { 24: '1 Tag', 72: '3 Tage', 168: '7 Tage', 336: '14 Tage', 720: '30 Tage' },

  import: {
    title: 'Personen importieren',
    lead: 'Eine Tabelle in CSV legt viele Konten auf einmal an: alle oder keines.',
    columns:
      'Die erste Zeile nennt die Spalten: username, name, email, groups. Nur username ist nötig. Mehrere Gruppen werden durch Leerzeichen getrennt und müssen vorhanden sein.',
    example: 'Beispiel herunterladen',
    file: 'Tabelle in CSV',
    fileHint:
      'UTF-8, mit Komma oder Semikolon, höchstens 1.000 Personen und 256 KiB. Mehr: imagemaster user import DATEI',
    notText: 'Diese Datei ist kein Text in UTF-8. Speichern Sie sie als CSV in UTF-8 und wählen Sie sie noch einmal.',
    tooLarge:
      'Diese Datei ist größer als 256 KiB. Teilen Sie sie oder verwenden Sie die Befehlszeile: imagemaster user import DATEI',
    preview: 'Vorschau',
    checked: (n) => plural(n, '1 Person kann importiert werden.', `${n} Personen können importiert werden.`),
    more: (n) => plural(n, 'Und 1 weitere.', `Und ${n} weitere.`),
    faulty: (n) =>
      plural(n, 'Noch kann nichts importiert werden: 1 Fehler.', `Noch kann nichts importiert werden: ${n} Fehler.`),
    mend: 'Berichtigen Sie die Tabelle und wählen Sie sie noch einmal.',
    line: (n, more) => (more > 0 ? `Zeile ${n} und ${more} weitere` : `Zeile ${n}`),
    heads: { line: 'Zeile', username: 'Benutzername', name: 'Vollständiger Name', email: 'E-Mail', groups: 'Gruppen' },
    submit: (n) => plural(n, '1 Person importieren', `${n} Personen importieren`),
    done: (n) => plural(n, '1 Konto wurde angelegt.', `${n} Konten wurden angelegt.`),
    mailed: (n) => plural(n, '1 Link wurde verschickt.', `${n} Links wurden verschickt.`),
    links: (n) => plural(n, '1 Link wurde nicht verschickt.', `${n} Links wurden nicht verschickt.`),
    once: 'Die Links werden nur jetzt angezeigt. Laden Sie sie herunter, übergeben Sie sie und löschen Sie die Datei danach.',
    download: 'Links herunterladen',
    leave:
      'Die Links sind nicht heruntergeladen. Sie gehen verloren, wenn Sie die Seite verlassen. Trotzdem verlassen?',
    toList: 'Personen anzeigen',
  },
  faults: {
    file: {
      encoding: 'Das ist kein Text in UTF-8. Speichern Sie die Tabelle als CSV in UTF-8.',
      not_csv: 'Das ist kein CSV: Ein Anführungszeichen fehlt.',
      no_header: 'Die erste Zeile muss username nennen und außerdem höchstens die Spalten name, email und groups.',
      no_rows: 'Darin steht niemand.',
      too_many: 'Es sind mehr als 1.000 Personen. Teilen Sie die Tabelle oder verwenden Sie die Befehlszeile.',
      too_large: 'Die Tabelle ist größer als 256 KiB. Teilen Sie sie oder verwenden Sie die Befehlszeile.',
      columns: 'Diese Zeile hat mehr oder weniger Spalten als die erste.',
    },
    username: {
      empty: 'Der Benutzername fehlt.',
      too_long: 'Der Benutzername hat mehr als 64 Zeichen.',
      not_allowed: 'Der Benutzername darf Buchstaben, Ziffern und Zeichen haben, aber keine Leerzeichen.',
      taken: 'Der Benutzername ist oder war vergeben.',
      duplicate: 'Der Benutzername steht auch in einer früheren Zeile.',
    },
    name: {
      too_long: 'Der vollständige Name hat mehr als 100 Zeichen.',
      not_allowed: 'Ein Zeichen im vollständigen Namen kann nicht verwendet werden.',
    },
    email: {
      not_allowed: 'Das ist keine E-Mail-Adresse.',
      taken: 'Ein anderes Konto hat diese E-Mail-Adresse.',
      duplicate: 'Die E-Mail-Adresse steht auch in einer früheren Zeile.',
    },
    groups: {
      unknown: 'Es gibt keine Gruppe dieses Namens. Legen Sie sie unter Gruppen an oder berichtigen Sie die Tabelle.',
    },
    other: 'Das kann nicht verwendet werden.',
  },
}

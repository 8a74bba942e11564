import { plural } from '../lib/plural'
import type { Texts } from './en'

export const texts: Texts = {
  people: 'Personen',
  back: 'Alle Personen',
  lead: 'Wer sich anmelden kann und wen ein zweiter Faktor schützt.',
  closed: {
    title: 'Verwaltung',
    factor:
      'Diese Seiten verlangen die Zwei-Faktor-Authentifizierung. Richten Sie sie zuerst für Ihr eigenes Konto ein.',
    setUp: 'Zwei-Faktor-Authentifizierung einrichten',
    code: 'Ihr Konto hat einen zweiten Faktor, aber Sie haben sich ohne ihn angemeldet. Geben Sie einen Code ein, um diese Seiten zu öffnen.',
    enter: 'Code eingeben',
  },

  search: 'Personen suchen',
  filter: 'Anzeigen',
  filters: {
    all: 'Alle',
    no_second_factor: 'Ohne zweiten Faktor',
    no_codes: 'Keine Codes übrig',
    never_signed_in: 'Nie angemeldet',
    disabled: 'Gesperrt',
  },
  groupFilter: (name) => `Gruppe ${name}`,
  invite: 'Einladen',
  import: 'Importieren',
  export: 'Exportieren',
  exportTitle: 'Diese Liste exportieren',
  exportText:
    'Die Datei enthält alle Personen der Liste, wie sie jetzt angezeigt wird, mit E-Mail-Adressen. Bewahren Sie sie sicher auf.',
  exportAs: 'Dateiformat',
  formats: { csv: 'CSV, für Tabellenprogramme', json: 'JSON, für Programme' },
  exported: 'Die Datei wurde heruntergeladen.',
  table: 'Personen',
  heads: { name: 'Name', role: 'Rolle', groups: 'Gruppen', factor: 'Zweiter Faktor', signIn: 'Letzte Anmeldung' },
  none: 'Niemand wurde gefunden. Ändern Sie die Suche oder die Auswahl.',
  nobody: 'Hier ist noch niemand.',
  more: 'Mehr anzeigen',
  all: 'Das sind alle.',
  found: (n, more) =>
    more
      ? `Die ersten ${n} Personen werden angezeigt.`
      : plural(n, '1 Person wird angezeigt.', `${n} Personen werden angezeigt.`),

  roles: { person: 'Person', helper: 'Helfer', administrator: 'Administrator' },
  noFactor: 'Keiner',
  factors: { app: 'App', passkey: 'Passkey', hardware_key: 'Hardware-Schlüssel' },
  factorStates: { paused: 'deaktiviert', dead: 'gesperrt', unreadable: 'unlesbar', elsewhere: 'alte Adresse' },
  codes: (n) => plural(n, '1 Code', `${n} Codes`),
  noCodes: 'Keine Codes übrig',
  states: { enabled: '', disabled: 'Gesperrt', invited: 'Eingeladen' },
  never: 'Nie',
  fields: {
    username: 'Benutzername',
    display_name: 'Vollständiger Name',
    email: 'E-Mail',
    groups: 'Gruppen',
    role: 'Rolle',
  },
}

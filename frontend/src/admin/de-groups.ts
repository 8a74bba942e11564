import { plural } from '../lib/plural'
import type { Texts } from './en-groups'

export const texts: Texts = {
  title: 'Gruppen',
  lead: 'Anwendungen sehen, in welchen Gruppen eine Person ist.',
  create: 'Neue Gruppe',
  createTitle: 'Neue Gruppe',
  none: 'Es gibt noch keine Gruppen.',
  heads: { name: 'Name', description: 'Beschreibung', members: 'Mitglieder' },
  members: (n) => plural(n, '1 Mitglied', `${n} Mitglieder`),
  name: 'Name',
  nameHint: 'Kleinbuchstaben a bis z, Ziffern, Punkte, Unterstriche und Bindestriche. Anwendungen sehen den Namen.',
  description: 'Beschreibung',
  created: (name) => `Die Gruppe ${name} wurde angelegt.`,

  back: 'Alle Gruppen',
  noMembers: 'Niemand ist in dieser Gruppe.',
  memberHeads: { name: 'Name', since: 'Mitglied seit', act: 'Entfernen' },
  more: 'Mehr anzeigen',
  add: 'Personen hinzufügen',
  addTitle: 'Personen hinzufügen',
  addText: 'Mehrere Benutzernamen werden durch Leerzeichen getrennt.',
  usernames: 'Benutzernamen',
  unknown: (name) => `Benutzernamen: Es gibt kein Konto ${name}. Niemand wurde hinzugefügt.`,
  added: (n) => plural(n, '1 Person wurde hinzugefügt.', `${n} Personen wurden hinzugefügt.`),
  remove: 'Entfernen',
  removeTitle: 'Aus der Gruppe entfernen?',
  removeText: (name) => `${name} ist dann nicht mehr in dieser Gruppe. Anwendungen sehen es bei der nächsten Anfrage.`,
  removed: 'Aus der Gruppe entfernt.',
  change: 'Ändern',
  changeTitle: 'Gruppe ändern',
  changed: 'Die Gruppe ist geändert.',
  delete: 'Gruppe löschen',
  deleteTitle: 'Diese Gruppe löschen?',
  deleteText: 'Die Konten der Mitglieder bleiben. Anwendungen sehen die Gruppe nicht mehr.',
  deleted: (name) => `Die Gruppe ${name} ist gelöscht.`,

  reasons: {
    name: {
      empty: 'Name: Geben Sie einen ein.',
      not_allowed:
        'Name: Verwenden Sie 1 bis 64 Kleinbuchstaben a bis z, Ziffern, Punkte, Unterstriche und Bindestriche.',
      taken: 'Name: Es gibt schon eine Gruppe dieses Namens.',
      too_many: 'Es gibt schon 1.000 Gruppen. Löschen Sie zuerst eine.',
    },
    description: {
      too_long: 'Beschreibung: Verwenden Sie höchstens 200 Zeichen.',
      not_allowed: 'Beschreibung: Ein Zeichen darin kann nicht verwendet werden.',
    },
    usernames: {
      empty: 'Benutzernamen: Geben Sie mindestens einen ein.',
      not_allowed: 'Benutzernamen: Geben Sie höchstens 100 auf einmal ein.',
    },
  },
}

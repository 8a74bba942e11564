import { plural } from '../lib/plural'
import type { Texts } from './en-policy'

export const texts: Texts = {
  title: 'Richtlinie',
  lead: 'Wer einen zweiten Faktor haben muss, welchen und ab wann. Von mehreren Richtlinien gilt die strengste.',
  now: 'Dieser Server wurde mit --require-two-factor gestartet: Alle müssen jetzt einen zweiten Faktor haben, was auch immer unten steht.',
  add: 'Richtlinie hinzufügen',
  none: 'Es gibt noch keine Richtlinien.',
  heads: { audience: 'Wer', starts: 'Ab', grace: 'Tage Frist', changed: 'Geändert', act: 'Ändern' },
  audiences: {
    everybody: 'Alle',
    groups: (names) => `${plural(names.length, 'Gruppe', 'Gruppen')} ${names.join(', ')}`,
    staff: 'Helfer und Administratoren',
  },
  from: (day) => `ab ${day}`,
  days: (n) => (n === 0 ? 'ohne Frist' : plural(n, '1 Tag Frist', `${n} Tage Frist`)),
  changedOn: (day) => `geändert ${day}`,
  change: 'Ändern',
  delete: 'Löschen',
  deleteTitle: 'Diese Richtlinie löschen?',
  deleteText:
    'Sie verlangt dann nichts mehr. Eingerichtete zweite Faktoren bleiben. Alle Administratoren erfahren davon.',
  deleted: 'Die Richtlinie ist gelöscht.',

  addTitle: 'Richtlinie hinzufügen',
  changeTitle: 'Richtlinie ändern',
  audience: 'Wer einen zweiten Faktor haben muss',
  choices: {
    everybody: { title: 'Alle', text: 'Alle Konten, auch später angelegte.' },
    groups: { title: 'Gruppen', text: 'Die Mitglieder der Gruppen, die Sie wählen.' },
    staff: { title: 'Helfer und Administratoren', text: 'Alle mit einer Rolle, die andere Personen sieht.' },
  },
  minimum: 'Was verlangt wird',
  minimums: {
    any: {
      title: 'Ein beliebiger zweiter Faktor',
      text: 'Eine Authenticator-App, ein Passkey oder ein Hardware-Schlüssel.',
    },
    resistant: {
      title: 'Ein Passkey oder Hardware-Schlüssel',
      text: 'Er funktioniert auf keiner gefälschten Seite. Nach der Frist gelten Codes der App nicht mehr, wenn jemand einen Schlüssel hat, der zählt. Backup-Codes gelten weiter.',
    },
  },
  groups: 'Gruppen',
  noGroups: 'Es gibt noch keine Gruppen. Legen Sie zuerst eine an.',
  starts: 'Ab',
  grace: 'Tage Frist',
  graceHint:
    'Sie zählen ab diesem Tag, dem Anlegen des Kontos, dem Beitritt zur Gruppe, der Rolle oder einer Änderung dieser Richtlinie, die mehr verlangt, je nachdem, was am spätesten ist.',
  try: 'Zeigen, was sie bewirkt',
  save: 'Speichern',
  saved: 'Die Richtlinie ist gespeichert. Alle Administratoren erfahren davon.',
  reasons: {
    groups: {
      empty: 'Gruppen: Wählen Sie mindestens eine.',
      unknown: 'Gruppen: Eine davon gibt es nicht mehr. Wählen Sie noch einmal.',
    },
    starts_at: {
      empty: 'Ab: Wählen Sie einen Tag.',
      not_allowed: 'Ab: Wählen Sie einen Tag zwischen dem Jahr 2000 und drei Jahren ab jetzt.',
    },
    grace_days: { not_allowed: 'Tage Frist: Geben Sie eine Zahl von 0 bis 365 ein.' },
  },
  dryRun: {
    title: 'Was sie bewirkt',
    affected: (n) =>
      n === 0 ? 'Sie betrifft jetzt niemanden.' : plural(n, 'Sie betrifft 1 Person:', `Sie betrifft ${n} Personen:`),
    without: (n) => plural(n, '1 hat keinen zweiten Faktor', `${n} haben keinen zweiten Faktor`),
    withoutKey: (n) =>
      plural(
        n,
        '1 hat noch keinen Passkey oder Hardware-Schlüssel',
        `${n} haben noch keinen Passkey oder Hardware-Schlüssel`,
      ),
    paused: (n) =>
      plural(
        n,
        '1 hat ihn vorübergehend deaktiviert, was dann endet',
        `${n} haben ihn vorübergehend deaktiviert, was dann endet`,
      ),
    noCodes: (n) => plural(n, '1 hat keine Backup-Codes', `${n} haben keine Backup-Codes`),
    never: (n) => plural(n, '1 hat sich nie angemeldet', `${n} haben sich nie angemeldet`),
    excepted: (n) => plural(n, '1 hat eine Ausnahme', `${n} haben eine Ausnahme`),
    ready: (n) =>
      plural(
        n,
        'Sie betrifft 1 Person, die schon hat, was verlangt wird.',
        `Sie betrifft ${n} Personen. Alle haben schon, was verlangt wird.`,
      ),
    atOnce:
      'Einige können sofort nach dem Speichern nur noch das Verlangte einrichten. Geben Sie eine Frist, oder sagen Sie es ihnen vorher.',
    first: (day) => `Die erste Frist endet am ${day}.`,
    names: 'Wer nicht hat, was verlangt wird',
    by: (day) => `bis zum ${day}`,
    neverSignedIn: 'nie angemeldet',
    more: 'und weitere',
  },

  exceptions: {
    title: 'Ausnahmen',
    lead: 'Sie werden auf der Seite einer Person gegeben.',
    none: 'Niemand hat eine Ausnahme.',
    heads: { person: 'Person', reason: 'Grund', until: 'Letzter Tag', by: 'Gegeben von', act: 'Beenden' },
    until: (day) => `bis zum ${day}`,
    by: (name) => `gegeben von ${name}`,
    operator: 'dem Betreiber',
    end: 'Beenden',
    endTitle: 'Diese Ausnahme beenden?',
    endText: 'Die Richtlinien verlangen sofort wieder einen zweiten Faktor. Die Person erfährt davon.',
    endNow: 'Ausnahme beenden',
    ended: 'Die Ausnahme ist beendet.',
  },
}

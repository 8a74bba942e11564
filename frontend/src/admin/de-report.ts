import { plural } from '../lib/plural'
import type { Texts } from './en-report'

export const texts: Texts = {
  title: 'Bericht',
  lead: 'Wen der zweite Faktor schützt und wem geholfen wurde.',
  time: 'Ereignisse der letzten',
  days: (n) => `${n} Tage`,
  export: 'Exportieren',
  exportTitle: 'Den Bericht exportieren',
  exportText:
    'Die Datei enthält den ganzen Bericht und jede Person mit zweitem Faktor und Gruppen. Bewahren Sie sie sicher auf.',
  tooMany: 'Eine Liste dieses Berichts ist zu lang für eine Datei. Wählen Sie weniger Tage.',
  shortened: 'Lange Listen sind hier gekürzt. Der Export enthält alle Einträge.',

  people: 'Personen',
  numbers: {
    total: 'Konten',
    enabled: 'Freigegeben',
    invited: 'Eingeladen',
    disabled: 'Gesperrt',
    with_factor: 'Mit zweitem Faktor',
    without_factor: 'Ohne zweiten Faktor',
    paused: 'Pausiert',
    with_app: 'Mit App',
    with_passkey: 'Mit Passkey',
    with_hardware_key: 'Mit Hardware-Schlüssel',
    dead: 'App nach falschen Codes blockiert',
    unreadable: 'Schlüssel der App nicht lesbar',
    elsewhere: 'Nur Schlüssel der alten Adresse',
    without_codes: 'Keine Backup-Codes übrig',
    never_signed_in: 'Nie angemeldet',
  },
  counted:
    'Gezählt werden hier nur freigegebene Konten, nicht Eingeladene, die noch kein Passwort haben. Ein pausierter zweiter Faktor zählt nicht.',

  coverage: 'Abdeckung',
  coverageHeads: { who: 'Wer', covered: 'Mit zweitem Faktor', members: 'Personen', percent: 'Anteil' },
  everybody: 'Alle',
  staff: 'Helfer und Administratoren',

  exceptions: 'Ausnahmen',
  exceptionHeads: { who: 'Person', reason: 'Grund', by: 'Erteilt von', until: 'Bis' },
  noExceptions: 'Für niemanden gilt eine Ausnahme.',

  lockOuts: 'Aussperrungen',
  lockHeads: { who: 'Person', what: 'Nicht angenommen', where: 'Von' },
  nobodyLocked: 'Von allen werden Codes angenommen.',
  helpBy: (name) => `Hilfe von ${name}`,
  methods: { totp: 'Codes aus der App', backup: 'Backup-Codes', help: 'Hilfe-Codes' },
  lanes: { known: 'Eigene Browser', unknown: 'Andere Browser' },
  heldBack: (n) =>
    plural(n, '1 Versuch wurde in dieser Zeit abgelehnt.', `${n} Versuche wurden in dieser Zeit abgelehnt.`),
  heldHeads: { when: 'Wann', who: 'Person', what: 'Versuche' },

  recoveries: 'Wiederherstellungen',
  recoveryHeads: { who: 'Person', what: 'Ereignis', when: 'Wann', by: 'Durch wen und warum' },
  noRecoveries: 'Niemandem musste geholfen werden.',

  keys: 'Schlüssel',
  keyHeads: { key: 'Schlüssel', use: 'Verwendung', sealed: 'Versiegelt' },
  seals: 'Versiegelt Neues',
  opens: 'Öffnet früher Versiegeltes',
  sealed: (n) => plural(n, '1 zweiten Faktor', `${n} zweite Faktoren`),
  rotations: 'Änderungen an Schlüsseln',
  rotationHeads: { what: 'Ereignis', key: 'Schlüssel', when: 'Wann', by: 'Durch' },
  noRotations: 'Nichts wurde geändert.',
  deleted: (id) => `Gelöschtes Konto ${id}`,
}

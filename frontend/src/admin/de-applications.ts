import { plural } from '../lib/plural'
import type { Texts } from './en-applications'

export const texts: Texts = {
  title: 'Anwendungen',
  lead: 'Diese Anwendungen können Personen nach der Anmeldung öffnen.',
  back: 'Alle Anwendungen',
  search: 'Anwendungen suchen',
  add: 'Anwendung hinzufügen',
  closed:
    'Anwendungen lassen sich noch nicht öffnen: Dieser Server läuft ohne --gate-listen. Bitten Sie die Betreiber, es einzuschalten.',
  heads: { name: 'Anwendung', who: 'Wer', factor: 'Nachweis', opened: 'Zuletzt geöffnet' },
  none: 'Es gibt noch keine Anwendungen.',
  notFound: 'Keine Anwendung wurde gefunden. Ändern Sie die Suche.',
  found: (n) => plural(n, '1 Anwendung wird angezeigt.', `${n} Anwendungen werden angezeigt.`),
  added: (name) => `Die Anwendung ${name} wurde hinzugefügt.`,

  who: { everybody: 'Alle', groups: 'Gruppen', public: 'Öffentlich', nobody: 'Niemand' },
  partlyPublic: 'Teils öffentlich',
  factors: {
    resistant: 'Phishing-resistent',
    two: 'Zwei Faktoren',
    password: 'Passwort',
    none: 'Keiner',
    differs: 'Je nach Regel',
  },

  addTitle: 'Eine Anwendung hinzufügen',
  addText:
    'Sie beginnt mit einer Regel: Alle, die sich mit zwei Faktoren angemeldet haben, dürfen sie öffnen. Danach können Sie das ändern.',
  name: 'Name',
  nameHint: 'So heißt sie für alle.',
  address: 'Adresse',
  addressHint: 'Schema und Host, etwa https://wiki.example.com',
  addressNumber: (n) => `Adresse ${n}`,
  moreAddress: 'Weitere Adresse hinzufügen',
  removeField: (label) => `${label} entfernen`,

  overtaken:
    'Jemand hat diese Anwendung inzwischen geändert. Jetzt sehen Sie den neuesten Stand. Machen Sie Ihre Änderung noch einmal.',
  saved: 'Die Anwendung ist geändert.',

  rules: {
    title: 'Regeln',
    lead: 'Die erste Regel, die passt, entscheidet; speziellere stehen deshalb vorn. Passt keine, wird die Anfrage abgelehnt.',
    heads: {
      number: 'Regel',
      path: 'Pfade',
      methods: 'Methoden',
      who: 'Wer',
      factor: 'Nachweis',
      change: 'Ändern',
    },
    methods: { reading: 'Lesen', all: 'Alle' },
    never: (n) => `Greift nie: Vorher entscheidet Regel ${n}.`,
    notOlder: (minutes) => `höchstens ${minutes} min alt`,
    origins: (n) => plural(n, '1 weiterer Ursprung', `${n} weitere Ursprünge`),
    rest: 'alles andere',
    refused: 'abgelehnt',
    add: 'Regel hinzufügen',
    up: (n) => `Regel ${n} nach oben`,
    down: (n) => `Regel ${n} nach unten`,
    edit: (n) => `Regel ${n} ändern`,
    delete: (n) => `Regel ${n} löschen`,
    moved: (from, to) => `Regel ${from} ist jetzt Regel ${to}.`,
    saved: (n) => `Regel ${n} ist gespeichert.`,
    deleted: (n) => `Regel ${n} ist gelöscht.`,
    deleteTitle: 'Diese Regel löschen?',
    deleteText: (n, path) =>
      `Regel ${n} für ${path} wird gelöscht. Dann entscheiden die Regeln danach, und wozu keine passt, das wird abgelehnt.`,
    deleteButton: 'Regel löschen',
  },

  rule: {
    addTitle: 'Eine Regel hinzufügen',
    changeTitle: (n) => `Regel ${n} ändern`,
    path: 'Pfad',
    pathHint: 'Mit allem darunter: /docs gilt für /docs und /docs/page, nicht für /docs-old.',
    methods: 'Methoden',
    methodChoices: { all: 'Alle', reading: 'Lesen: nur GET und HEAD' },
    who: 'Wer',
    whoChoices: {
      everybody: { title: 'Alle Angemeldeten', text: 'Alle, die hier ein Konto haben.' },
      groups: { title: 'Gruppen', text: 'Mitglieder von mindestens einer der Gruppen, die Sie wählen.' },
      public: { title: 'Öffentlich', text: 'Jeder, ohne Anmeldung.' },
    },
    groups: 'Gruppen',
    noGroups: 'Es gibt noch keine Gruppen. Legen Sie zuerst unter Gruppen eine an.',
    factor: 'Nachweis',
    factorChoices: {
      resistant: 'Phishing-resistent: Passkey oder Hardware-Schlüssel',
      two: 'Zwei Faktoren',
      password: 'Nur das Passwort',
    },
    factorHint:
      'Ein Schlüssel zählt erst 72 Stunden, nachdem er hinzugefügt wurde, oder sofort, wenn ein anderer ihn bestätigt hat. Codes zählen nicht.',
    maxAge: 'Höchstes Alter in Minuten',
    maxAgeHint: '1 bis 1440. Ist die letzte Eingabe älter, wird noch einmal gefragt.',
    origin: (n) => `Weiterer Ursprung ${n}`,
    originHint: 'Seine Seiten dürfen Anfragen an diese Anwendung senden, etwa https://portal.example.com',
    moreOrigin: 'Weiteren Ursprung hinzufügen',
  },

  trial: {
    title: 'Ausprobieren',
    lead: 'Sehen Sie, wie eine Anfrage ausginge. An die Anwendung wird nichts gesendet.',
    address: 'Adresse',
    method: 'Methode',
    person: 'Person',
    submit: 'Prüfen',
    allowed: 'Erlaubt',
    refused: 'Abgelehnt',
    somebody: 'Jemand, der nicht angemeldet ist',
    other: (name) => `Die Adresse gehört zu ${name}.`,
    reasons: {
      public: (rule) => `Regel ${rule}: Jeder darf sie öffnen, ohne Anmeldung.`,
      public_every: 'Jede Regel für diese Methode ist öffentlich: Jeder darf die Adresse öffnen, ohne Anmeldung.',
      rule: (rule, person) => `Regel ${rule}: ${person} darf sie öffnen.`,
      no_right: (rule, person) => `Regel ${rule}: ${person} ist in keiner der Gruppen, die sie nennt.`,
      no_right_of: (rule, person) => `Regel ${rule}: ${person} ist in keiner dieser Gruppen:`,
      no_rule: 'Keine Regel passt.',
      ambiguous:
        'Anwendungen können diesen Pfad verschieden lesen. Deshalb müsste jede Regel ihn erlauben, und das tun nicht alle.',
      no_application: 'Keine Anwendung hat diese Adresse.',
      sign_in: (rule) => `Regel ${rule} ist nicht öffentlich: Die Person muss sich zuerst anmelden.`,
      sign_in_first: 'Die Adresse ist nicht öffentlich: Die Person muss sich zuerst anmelden.',
      disabled: (person) => `Das Konto ${person} ist gesperrt.`,
      every: (person) => `Jede Regel für diese Methode lässt ${person} ein.`,
    },
    needs: {
      set_up: 'Davor muss ein zweiter Faktor eingerichtet werden.',
      password: 'Davor wird noch einmal nach dem Passwort gefragt.',
      code: 'Davor wird nach einem Code gefragt.',
      key: 'Davor wird nach einem Passkey oder Hardware-Schlüssel gefragt, der als phishing-resistent zählt.',
      set_up_key: 'Davor muss ein Passkey oder Hardware-Schlüssel hinzugefügt werden.',
    },
    nothing: 'Außer der Anmeldung wird nichts verlangt.',
    again: (minutes) => `Eingaben, die mehr als ${minutes} min her sind, werden noch einmal verlangt.`,
  },

  proxy: {
    title: 'Proxy-Einstellungen',
    text: 'Die Konfiguration für diese Anwendung, zum Kopieren.',
    names: { nginx: 'nginx', caddy: 'Caddy', traefik: 'Traefik' },
    dialogTitle: (proxy) => `Einstellungen für ${proxy}`,
    dialogText:
      'Fügen Sie das in die Konfiguration Ihres Proxys ein. Ersetzen Sie 127.0.0.1:3000 durch die Adresse der Anwendung, bei nginx auch das Zertifikat. Laden Sie den Proxy dann neu und prüfen Sie ihn: imagemaster gate check.',
    copy: 'Kopieren',
    copied: 'Kopiert',
    notCopied: 'Der Browser erlaubt das Kopieren nicht. Markieren Sie den Text und kopieren Sie ihn selbst.',
    empty: 'Für diesen Proxy gibt es noch keine Einstellungen.',
  },

  details: {
    title: 'Name und Adressen',
    text: (n) => plural(n, 'Sie lässt sich unter 1 Adresse öffnen.', `Sie lässt sich unter ${n} Adressen öffnen.`),
    change: 'Ändern',
    changeLabel: 'Ändern: Name und Adressen',
    changeTitle: 'Name und Adressen ändern',
    changeText: 'Personen öffnen die erste Adresse. Alle Regeln gelten für jede davon.',
  },

  deletion: {
    title: 'Diese Anwendung löschen',
    text: 'Niemand kann sie mehr öffnen. Die Anwendung selbst bleibt, wie sie ist.',
    button: 'Anwendung löschen',
    confirmTitle: 'Diese Anwendung löschen?',
    confirm:
      'Ihre Adressen und Regeln werden gelöscht. Wer sie gerade geöffnet hat, wird mit der nächsten Anfrage ausgesperrt.',
    done: (name) => `Die Anwendung ${name} ist gelöscht.`,
  },

  reasons: {
    name: {
      empty: 'Name: Geben Sie einen ein.',
      not_allowed: 'Name: Ein Zeichen darin kann nicht verwendet werden.',
      too_long: 'Name: Verwenden Sie höchstens 60 Zeichen.',
      taken: 'Name: Es gibt schon eine Anwendung dieses Namens.',
      too_many: 'Es gibt schon 200 Anwendungen. Löschen Sie zuerst eine.',
    },
    address: {
      empty: 'Adresse: Geben Sie eine ein oder entfernen Sie dieses Feld.',
      missing: 'Adresse: Geben Sie eine ein.',
      not_allowed:
        'Adresse: Geben Sie Schema und Host ein, etwa https://wiki.example.com, ohne Pfad. Einfaches http gibt es nur für diesen Rechner.',
      own_host: 'Adresse: Das ist der Host der Anmeldung selbst. Geben Sie der Anwendung einen eigenen Host.',
      duplicate: 'Adresse: Diese steht zweimal da.',
      taken:
        'Adresse: Dieser Host gehört zu einer anderen Anwendung, gleich mit welchem Port. Jede Anwendung braucht einen eigenen Host.',
      count: 'Adresse: Eine Anwendung hat 1 bis 20.',
    },
    path: {
      empty: 'Pfad: Geben Sie einen ein. Ein Schrägstrich allein gilt für alle Seiten.',
      not_allowed:
        'Pfad: Beginnen Sie mit einem Schrägstrich, und verwenden Sie Buchstaben, Ziffern und übliche Zeichen. Platzhalter gibt es nicht: /admin gilt für alles darunter.',
      too_long: 'Pfad: Verwenden Sie höchstens 200 Zeichen.',
      ambiguous: 'Pfad: Er hat einen leeren Teil oder einen Teil aus einem oder zwei Punkten. Lassen Sie ihn weg.',
    },
    groups: {
      count: 'Gruppen: Wählen Sie mindestens eine, höchstens 50.',
      unknown: 'Gruppen: Diese Gruppe gibt es nicht mehr. Wählen Sie eine andere.',
    },
    max_age_minutes: {
      not_allowed: 'Höchstes Alter: Geben Sie eine ganze Zahl von 1 bis 1440 Minuten ein, oder lassen Sie es leer.',
    },
    origin: {
      empty: 'Weiterer Ursprung: Geben Sie einen ein oder entfernen Sie dieses Feld.',
      not_allowed:
        'Weiterer Ursprung: Geben Sie Schema und Host ein, etwa https://portal.example.com, ohne Pfad. Einfaches http gibt es nur für diesen Rechner.',
    },
    trial: {
      address: 'Adresse: Geben Sie eine ganze Adresse ein, etwa https://wiki.example.com/page',
      method: 'Methode: Verwenden Sie nur Buchstaben, etwa GET.',
      username: 'Person: Es gibt kein Konto dieses Namens.',
    },
    tooManyRules: 'Eine Anwendung hat höchstens 50 Regeln. Löschen Sie zuerst eine.',
  },
}

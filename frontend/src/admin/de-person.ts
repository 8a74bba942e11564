import { plural } from '../lib/plural'
import type { Texts } from './en-person'

export const texts: Texts = {
  own: 'Das ist Ihr eigenes Konto. Sie ändern es in Ihren Einstellungen; alles andere kann ein anderer Administrator.',
  settings: 'Eigene Einstellungen öffnen',
  noFactor:
    'Es gibt keinen zweiten Faktor; ein Passwort-Link allein würde dieses Konto öffnen. Bitten Sie einen Administrator, ihn zu geben.',
  administratorOnly: 'Bei diesem Konto kann jetzt nur ein Administrator helfen.',
  endsLink: 'Der gegebene Link gilt dann nicht mehr.',
  givenEnd:
    'Auch Einladungen und Passwort-Links, die diese Person gegeben und noch niemand verwendet hat, gelten dann nicht mehr.',
  above: 'Nur Administratoren ändern Konten von Helfern und Administratoren.',

  state: {
    disabled: (when) => `Gesperrt seit ${when}. Niemand kann sich an diesem Konto anmelden.`,
    invited: 'Noch wurde kein Passwort gewählt.',
    linkUntil: (when) => `Der Link gilt bis ${when}.`,
    noLink: 'Kein Link gilt mehr: Erneuern Sie die Einladung.',
    none: 'Es gibt keinen zweiten Faktor. Das Passwort allein genügt.',
    paused: 'Der zweite Faktor ist zurzeit deaktiviert. Das Passwort allein genügt.',
    pausedUntil: (when) => `Der zweite Faktor ist bis ${when} deaktiviert. Bis dahin genügt das Passwort allein.`,
    dead: 'Es gab zu viele falsche Codes. Die App gilt nicht mehr; eine neue muss mit einem Backup-Code eingerichtet werden oder nachdem der zweite Faktor entfernt wurde.',
    unreadable: 'Der Server kann den Schlüssel der App nicht lesen. Ein Backup-Code gilt noch.',
    elsewhere:
      'Alle Passkeys und Hardware-Schlüssel gehören zur alten Adresse dieses Servers. Nur ein Backup-Code gilt noch; damit muss ein neuer zweiter Faktor eingerichtet werden.',
    by: { app: 'eine App', passkey: 'Passkeys', hardware_key: 'Hardware-Schlüssel' },
    noCodes: (by, when) => `Durch ${by} geschützt seit ${when}, aber ohne Backup-Codes.`,
    codes: (by, when, n) =>
      `Durch ${by} geschützt seit ${when}, ${plural(n, '1 Backup-Code', `${n} Backup-Codes`)} übrig.`,
    mustChange: 'Das Passwort muss bei der nächsten Anmeldung geändert werden.',
    openLink: (when) => `Ein Link für ein neues Passwort gilt bis ${when}.`,
    helpCode: (by, when) => `${by} hat einen Hilfe-Code gegeben. Er gilt bis ${when}.`,
    helpUsed: (by, when) =>
      `Ein Hilfe-Code von ${by} wurde verwendet. Bis ${when} kann die Person einen neuen zweiten Faktor einrichten.`,
    helpStopped: (when) =>
      `Zu einem Hilfe-Code wurde „Das war ich nicht“ gesagt: Bis ${when} darf niemand helfen. Sprechen Sie anders mit der Person: Jemand kennt vielleicht das Passwort.`,
    operator: 'Der Betreiber',
  },
  titles: {
    protected: 'Geschützt',
    open: 'Nicht geschützt',
    invited: 'Eingeladen',
    disabled: 'Gesperrt',
    attention: 'Braucht Hilfe',
  },
  factor: {
    app: 'Authenticator-App',
    passkey: 'Passkey',
    hardware_key: 'Hardware-Schlüssel',
    appBroken: 'Sie funktioniert nicht: Ihre Codes sind gesperrt, oder der Server kann ihren Schlüssel nicht lesen.',
    elsewhere: 'Er gehört zur alten Adresse dieses Servers und funktioniert hier nicht.',
    since: (when) => `Eingerichtet am ${when}.`,
    lastUsed: (when) => `Zuletzt verwendet: ${when}.`,
    neverUsed: 'Noch nicht verwendet.',
    codes: 'Backup-Codes',
    left: (n, set) => `${plural(n, '1 unbenutzter Code', `${n} unbenutzte Codes`)} von Satz ${set}.`,
    unconfirmed: 'Niemand hat bestätigt, dass sie gespeichert sind.',
  },

  help: 'Hilfe',
  link: {
    title: 'Passwort-Link',
    text: 'Für jemanden, der das Passwort vergessen hat. Der Link gilt eine Stunde und nur einmal.',
    factor: 'Der zweite Faktor wird weiter verlangt.',
    give: 'Passwort-Link geben',
    confirm:
      'Vergewissern Sie sich, wer fragt: Rufen Sie unter einer bekannten Nummer zurück oder treffen Sie die Person. Die Person erfährt von dem Link.',
  },
  helpCode: {
    title: 'Hilfe-Code',
    text: 'Für jemanden, der alle zweiten Faktoren und Backup-Codes verloren hat und das Passwort kennt. Damit wird ein neuer zweiter Faktor eingerichtet.',
    button: 'Hilfe-Code geben',
  },
  exception: {
    title: 'Ausnahme',
    text: 'Für jemanden, der eine Weile keinen zweiten Faktor haben kann. Sie endet von selbst.',
    button: 'Ausnahme geben',
    end: 'Ausnahme beenden',
    endText: 'Die Richtlinien verlangen wieder einen zweiten Faktor.',
  },
  invitation: {
    title: 'Einladung',
    text: 'Gibt einen neuen Link. Der bisherige gilt dann nicht mehr.',
    renew: 'Einladung erneuern',
    confirm: 'Die Person bekommt einen neuen Link, der 7 Tage gilt. Der bisherige gilt dann nicht mehr.',
  },
  disable: {
    title: 'Sperren',
    text: 'Die Person kann sich nicht mehr anmelden. Alles bleibt erhalten, und Sie können das Konto wieder freigeben.',
    button: 'Sperren',
    confirm: 'Niemand kann sich mehr an diesem Konto anmelden. Alle Sitzungen und Links enden sofort.',
    done: 'Das Konto ist gesperrt.',
  },
  enable: {
    title: 'Freigeben',
    text: 'Die Person kann sich wieder wie bisher anmelden.',
    button: 'Freigeben',
    confirm: 'Die Person kann sich wieder anmelden.',
    done: 'Das Konto ist freigegeben.',
  },
  remove: {
    title: 'Zweiten Faktor entfernen',
    text: 'Für jemanden, der alle zweiten Faktoren und Backup-Codes verloren hat. Danach genügt das Passwort allein.',
    button: 'Zweiten Faktor entfernen',
    confirm:
      'Alle zweiten Faktoren und Backup-Codes werden gelöscht, alle Sitzungen enden. Die Person erfährt davon. Vergewissern Sie sich, wer fragt.',
    reason: 'Grund',
    reasonHint: 'Er steht danach in der Aktivität des Kontos.',
    missing: 'Grund: Geben Sie einen an.',
    done: 'Der zweite Faktor ist entfernt.',
  },
  deletion: {
    title: 'Konto löschen',
    text: 'Endgültig. Der Benutzername wird nie wieder vergeben. Sperren Sie das Konto zuerst, wenn Sie nicht sicher sind.',
    button: 'Löschen',
    confirm:
      'Das Konto und sein zweiter Faktor werden gelöscht, und die Person verlässt alle Gruppen. Das lässt sich nicht rückgängig machen. Die Aktivität bleibt erhalten.',
    repeat: 'Benutzername wiederholen',
    done: (name) => `Das Konto ${name} ist gelöscht.`,
  },

  policy: {
    title: 'Richtlinie',
    exception: (day, by) => `Ausnahme bis zum ${day}, gegeben von ${by}:`,
    operator: 'dem Betreiber',
  },

  details: 'Angaben',
  change: 'Ändern',
  rename: {
    title: 'Namen ändern',
    button: 'Umbenennen',
    text: 'Die Person meldet sich von nun an mit dem neuen Benutzernamen an. Der bisherige wird nie wieder vergeben.',
    done: 'Die Namen sind geändert.',
  },
  email: {
    title: 'E-Mail ändern',
    none: 'Keine',
    own: 'von der Person gewählt',
    text: 'Anwendungen sehen diese Adresse. Wohin Sicherheitshinweise gehen, bestimmt die Person.',
    done: 'Die E-Mail-Adresse ist geändert.',
  },
  role: {
    title: 'Rolle ändern',
    text: {
      person: 'Verwendet nur das eigene Konto.',
      helper:
        'Sieht Personen, beendet Sitzungen und gibt Passwort-Links und Hilfe-Codes an Personen ohne andere Rolle.',
      administrator: 'Kann alles für alle, außer für das eigene Konto.',
    },
    needsFactor: 'Andere Rollen verlangen einen zweiten Faktor.',
    told: 'Alle Administratoren erfahren davon.',
    done: 'Die Rolle ist geändert.',
  },
  groups: {
    title: 'Gruppen ändern',
    none: 'Keine',
    noGroups: 'Es gibt noch keine Gruppen.',
    done: 'Die Gruppen sind geändert.',
    since: (name, when) => `${name} seit ${when}`,
  },

  sessions: {
    title: 'Sitzungen',
    none: 'Keine Sitzung ist offen.',
    on: 'unter',
    unknown: 'Unbekannter Browser',
    seen: (when) => `Zuletzt verwendet: ${when}`,
    end: 'Beenden',
    endAll: 'Alle Sitzungen beenden',
    endTitle: 'Diese Sitzung beenden?',
    endAllTitle: 'Alle Sitzungen beenden?',
    endText: 'Die Person muss sich neu anmelden und erfährt davon.',
    done: 'Beendet. Die Person muss sich neu anmelden.',
  },
  activity: { title: 'Aktivität', show: 'Aktivität anzeigen' },
}

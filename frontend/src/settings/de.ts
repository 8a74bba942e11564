import { plural } from '../lib/plural'
import type { Texts } from './en'

export const texts: Texts = {
  skip: 'Zum Inhalt springen',
  toHome: 'Startseite',
  signOut: 'Abmelden',
  navigation: 'Einstellungen',
  dismiss: 'Ausblenden',
  unsaved: 'Ihre Änderungen sind nicht gespeichert. Trotzdem verlassen?',

  nav: {
    security: 'Sicherheit',
    twoFactor: 'Zwei-Faktor-Authentifizierung',
    sessions: 'Sitzungen',
    activity: 'Aktivität',
    account: 'Konto',
    password: 'Passwort',
    profile: 'Profil',
  },
  status: { enabled: 'Aktiviert', disabled: 'Deaktiviert' },

  pause: {
    title: 'Die Zwei-Faktor-Authentifizierung ist deaktiviert.',
    until: (when) => `Sie wird am ${when} wieder aktiviert: Prüfen Sie, ob Sie noch einen Code haben.`,
    open: 'Sie bleibt deaktiviert, bis Sie sie aktivieren. Nur Ihr Passwort schützt Ihr Konto.',
    enable: 'Aktivieren',
    dialogTitle: 'Zwei-Faktor-Authentifizierung aktivieren',
    dialogText: 'Geben Sie den Code ein, den Ihre Authenticator-App zeigt. Er beweist, dass Sie sie noch haben.',
    enabled:
      'Die Zwei-Faktor-Authentifizierung ist wieder aktiviert. Alle anderen Sitzungen Ihres Kontos wurden beendet.',
  },

  home: {
    title: 'Startseite',
    welcome: 'Willkommen,',
    signedInAs: 'Sie sind angemeldet als',
    open: (brand) => `${brand} öffnen`,
    lostTitle: 'Wenn Sie jetzt Ihr Telefon verlieren würden',
    lostOff:
      'Sie könnten sich weiterhin mit dem Passwort allein anmelden. Jeder, der Ihr Passwort erfährt, kann das auch.',
    lostOn:
      'Sie könnten sich nicht selbst anmelden: Ihr Konto verlangt einen Code von Ihrem Telefon, und Sie haben keine Backup-Codes.',
    lostUnsaved: 'Sie bräuchten einen Backup-Code und haben nicht bestätigt, dass Ihre gespeichert sind.',
    lostHave: 'Sie könnten sich trotzdem anmelden: Sie haben',
    lostNeverChecked: 'Sie haben noch nie geprüft, ob ein Code auf Ihrem Blatt noch gilt.',
    lostChecked: (when) => `Zuletzt haben Sie einen Code auf Ihrem Blatt geprüft: ${when}.`,
    lostWho: 'Hier bekommen Sie Hilfe:',
    lostNoContact: 'Die Betreiber dieses Servers können helfen.',
    twoFactorOff: 'Nur Ihr Passwort schützt Ihr Konto.',
    twoFactorOn: 'Ihr Passwort und ein Code von Ihrem Telefon schützen Ihr Konto.',
    settings: 'Zwei-Faktor-Einstellungen',
  },

  codes: {
    unused: (n) => plural(n, 'unbenutzten Backup-Code.', 'unbenutzte Backup-Codes.'),
    check: 'Gespeicherten Code prüfen',
  },

  notices: {
    title: 'Sicherheitshinweise',
    failedCodes: (n) =>
      plural(
        n,
        'Seit Ihrer letzten Anmeldung gab es 1 falschen Code.',
        `Seit Ihrer letzten Anmeldung gab es ${n} falsche Codes.`,
      ),
    failedCodesHint:
      'Wenn Sie sich vertippt haben, ist alles in Ordnung. Wenn Sie das nicht waren, kennt jemand Ihr Passwort: Ändern Sie es.',
    changePassword: 'Ändern Sie Ihr Passwort.',
    dismissAll: 'Alle ausblenden',
    dismissShown: 'Diese ausblenden',
    older: (n) => plural(n, '1 älterer Hinweis folgt.', `${n} ältere Hinweise folgen.`),
    notYou: 'Wenn Sie das nicht waren, bitten Sie sofort um Hilfe.',
    unexpected: 'Wenn Sie das nicht erwartet haben, bitten Sie um Hilfe:',
    unexpectedNoContact: 'Wenn Sie das nicht erwartet haben, fragen Sie die Betreiber dieses Servers.',
    on: 'unter',
    kinds: {
      key_bound: 'Die Zwei-Faktor-Authentifizierung wurde eingerichtet.',
      key_moved: 'Die Codes kommen jetzt von einem anderen Telefon.',
      key_removed: 'Die Zwei-Faktor-Authentifizierung wurde deaktiviert: Der Sicherheitsschlüssel wurde entfernt.',
      paused: 'Die Zwei-Faktor-Authentifizierung wurde vorübergehend deaktiviert.',
      resumed: 'Die Zwei-Faktor-Authentifizierung wurde wieder aktiviert.',
      codes_generated: 'Neue Backup-Codes wurden erzeugt. Frühere gelten nicht mehr.',
      backup_code_used: 'Ein Backup-Code wurde verwendet.',
      password_known: 'Jemand kannte Ihr Passwort, aber nicht Ihren Code.',
      session_evicted:
        'Sie hatten 20 Sitzungen, deshalb hat eine neue Anmeldung die beendet, die am längsten unbenutzt war.',
      notice_address_changed: 'Die E-Mail-Adresse für Sicherheitshinweise wurde geändert.',
      password_changed: 'Ihr Passwort wurde geändert.',
      operator_password: 'Der Betreiber hat für Ihr Konto ein neues Passwort gesetzt.',
      operator_reset: 'Der Betreiber hat die Zwei-Faktor-Authentifizierung Ihres Kontos zurückgesetzt.',
      operator_recovery:
        'Der Betreiber hat die Zwei-Faktor-Authentifizierung Ihres Kontos zurückgesetzt und ein neues Passwort gesetzt.',
      operator_disabled: 'Der Betreiber hat Ihr Konto gesperrt.',
      operator_enabled: 'Der Betreiber hat Ihr Konto wieder freigegeben.',
      other: 'Eine Sicherheitseinstellung Ihres Kontos wurde geändert.',
    },
  },

  stepUp: {
    title: 'Bestätigen Sie, dass Sie es sind',
    password: 'Geben Sie dafür noch einmal Ihr Passwort ein.',
    code: 'Geben Sie dafür einen neuen Code aus Ihrer Authenticator-App oder einen Backup-Code ein.',
    both: 'Geben Sie dafür Ihr Passwort und einen neuen Code aus Ihrer Authenticator-App oder einen Backup-Code ein.',
    submit: 'Bestätigen',
  },

  sessions: {
    title: 'Sitzungen',
    lead: 'Wo Sie angemeldet sind. Beenden Sie jede Sitzung, die Sie nicht erkennen.',
    current: 'Diese Sitzung',
    unknown: 'Unbekannter Browser',
    on: 'unter',
    started: (when) => `Begonnen ${when}`,
    seen: (when) => `Zuletzt gesehen ${when}`,
    activeNow: 'Jetzt aktiv',
    raw: 'Angaben des Browsers',
    rawEmpty: 'Der Browser hat keine Angaben gesendet.',
    end: 'Beenden',
    endTitle: 'Diese Sitzung beenden?',
    endText: 'Dieser Browser muss sich neu anmelden.',
    endNow: 'Sitzung beenden',
    ended: 'Die Sitzung ist beendet.',
    endOthers: 'Alle anderen Sitzungen beenden',
    endOthersTitle: 'Alle anderen Sitzungen beenden?',
    endOthersText: (n) =>
      plural(n, '1 anderer Browser muss sich neu anmelden.', `${n} andere Browser müssen sich neu anmelden.`),
    endOthersPending: 'Anmeldungen, die auf einen Code warten, werden abgebrochen.',
    othersEnded: 'Alle anderen Sitzungen sind beendet.',
  },

  password: {
    title: 'Passwort',
    lead: 'Andere Sitzungen Ihres Kontos enden, wenn Sie das Passwort ändern.',
    must: 'Sie müssen ein neues Passwort wählen, bevor Sie weitermachen können.',
    present: 'Jetziges Passwort',
    presentMissing: 'Jetziges Passwort: Geben Sie das Passwort ein, das Sie zurzeit verwenden.',
    new: 'Neues Passwort',
    submit: 'Passwort ändern',
    done: 'Ihr Passwort ist geändert. Alle anderen Sitzungen Ihres Kontos wurden beendet.',
  },

  profile: {
    title: 'Profil',
    lead: 'Ihr Name sowie Sprache und Darstellung dieser Seiten.',
    username: 'Benutzername',
    fields: { display_name: 'Vollständiger Name', language: 'Sprache', theme: 'Darstellung' },
    languageAuto: 'Wie im Browser',
    themeAuto: 'Wie im System',
    day: 'Hell',
    night: 'Dunkel',
    saved: (what) => `Gespeichert: ${what}.`,
  },
}

import type { RoomTexts } from './en'

const times = (n: number, one: string, many: string) => (n === 1 ? one : many)

export const deRoom: RoomTexts = {
  skip: 'Zum Inhalt springen',
  close: 'Schließen',
  cancel: 'Abbrechen',
  save: 'Speichern',
  toHome: 'Startseite',
  signOut: 'Abmelden',
  navigation: 'Einstellungen',

  nav: {
    security: 'Sicherheit',
    twoFactor: 'Zwei-Faktor-Authentifizierung',
    sessions: 'Sitzungen',
    activity: 'Aktivität',
    account: 'Konto',
    password: 'Passwort',
    profile: 'Profil',
  },

  pause: {
    title: 'Die Zwei-Faktor-Authentifizierung ist deaktiviert.',
    until: (when) => `Wieder aktiviert am ${when}: Prüfen Sie, ob Sie noch einen Code haben.`,
    open: 'Sie bleibt deaktiviert, bis Sie sie aktivieren. Nur Ihr Passwort schützt Ihr Konto.',
    enable: 'Aktivieren',
    move: 'Auf anderes Telefon umziehen',
    dialogTitle: 'Zwei-Faktor-Authentifizierung aktivieren',
    dialogText: 'Geben Sie den Code ein, den Ihre Authenticator-App zeigt. Er beweist, dass Sie sie noch haben.',
    enabled:
      'Die Zwei-Faktor-Authentifizierung ist wieder aktiviert. Alle anderen Sitzungen Ihres Kontos wurden beendet.',
  },

  verify: {
    title: 'Bestätigung',
    lead: (brand) =>
      `Lesen Sie einen Bestätigungscode in der Authenticator-App ab oder geben Sie einen der Backup-Codes ein, die Sie von ${brand} bekommen haben.`,
    code: 'Bestätigungscode',
    hint: '6 Ziffern',
    backupHint: '16 Buchstaben und Ziffern, zum Beispiel 7K2M\u2011Q9XA\u20114TBD\u2011R8WC',
    typeBackup: 'Backup-Code eingeben',
    typeDigits: '6-stelligen Code eingeben',
    submit: 'Bestätigen',
    lost: 'Telefon und Codes verloren?',
    lostHelp: 'Hier bekommen Sie Hilfe:',
    lostNoContact:
      'Wenden Sie sich an die Betreiber dieses Servers. Sie können die Zwei-Faktor-Authentifizierung Ihres Kontos zurücksetzen.',
    ending: 'Diese Anmeldung endet in',
    goOn: 'Ich brauche mehr Zeit',
  },

  code: {
    noMoreTime: 'Das lässt sich nicht weiter verlängern. Schließen Sie es ab oder beginnen Sie noch einmal.',
    missing: 'Bestätigungscode: Geben Sie die 6 Ziffern ein, die Ihre Authenticator-App zeigt.',
    malformed: 'Bestätigungscode: Geben Sie genau 6 Ziffern ein. Das zählte nicht als Versuch.',
    missingBackup: 'Backup-Code: Geben Sie einen Code von Ihrem Blatt ein.',
    malformedBackup: {
      form: 'Backup-Code: Geben Sie alle 16 Buchstaben und Ziffern ein. Das zählte nicht als Versuch.',
      typing:
        'Backup-Code: Darin ist ein Tippfehler. Vergleichen Sie ihn mit Ihrem Blatt. Das zählte nicht als Versuch.',
    },
  },

  afterBackup: {
    title: 'Sie haben einen Backup-Code verwendet',
    have: 'Sie haben noch',
    left: (n) => times(n, 'unbenutzten Backup-Code.', 'unbenutzte Backup-Codes.'),
    once: 'Der eingegebene gilt nicht noch einmal: Haken Sie ihn auf Ihrem Blatt ab.',
    few: 'Es sind nur noch wenige Codes übrig. Erzeugen Sie jetzt einen neuen Satz, solange Sie sich anmelden können.',
    none: 'Das war Ihr letzter Code. Erzeugen Sie jetzt einen neuen Satz, solange Sie sich anmelden können.',
    move: 'Auf anderes Telefon umziehen',
    moveHint: 'Ist Ihr Telefon verloren oder kaputt? Ziehen Sie die Codes jetzt auf ein anderes um.',
    goOn: 'Weiter',
  },

  setup: {
    title: 'Erster Start',
    lead: 'Legen Sie den Administrator dieses Servers an. Das geht genau einmal.',
    username: 'Benutzername',
    displayName: 'Vollständiger Name',
    password: 'Passwort',
    submit: 'Administrator anlegen',
    created: 'Der Administrator ist angelegt. Melden Sie sich jetzt an.',
    noToken:
      'Öffnen Sie den ganzen Link, den der Server beim Start ausgegeben hat. Er endet mit einem Einmalschlüssel.',
    closed: 'Dieser Server hat bereits einen Administrator.',
    toSignIn: 'Zur Anmeldung',
    usernameMissing: 'Benutzername: Wählen Sie einen Benutzernamen.',
  },

  home: {
    title: 'Startseite',
    welcome: 'Willkommen,',
    signedInAs: 'Sie sind angemeldet als',
    open: (brand) => `${brand} öffnen`,
    lostTitle: 'Wenn Sie jetzt Ihr Telefon verlören',
    lostOff: 'Sie könnten sich weiterhin mit dem Passwort allein anmelden. Wer Ihr Passwort erfährt, kann das ebenso.',
    lostOn:
      'Sie könnten sich nicht selbst anmelden: Ihr Konto verlangt einen Code von Ihrem Telefon, und Sie haben keine Backup-Codes.',
    lostHave: 'Sie könnten sich trotzdem anmelden: Sie haben',
    lostNeverChecked: 'Sie haben noch nie geprüft, ob ein Code auf Ihrem Blatt noch gilt.',
    lostChecked: (when) => `Zuletzt haben Sie einen Code auf Ihrem Blatt geprüft: ${when}.`,
    lostWho: 'Hier bekommen Sie Hilfe:',
    lostNoContact: 'Die Betreiber dieses Servers können helfen.',
    twoFactorOff: 'Nur Ihr Passwort schützt Ihr Konto.',
    twoFactorOn: 'Ihr Passwort und ein Code von Ihrem Telefon schützen Ihr Konto.',
    settings: 'Zwei-Faktor-Einstellungen',
  },

  twoFactor: {
    title: 'Zwei-Faktor-Authentifizierung',
    lead: 'Ein zweiter Schritt schützt Ihr Konto, selbst wenn jemand Ihr Passwort kennt.',
    required: 'Ihre Organisation verlangt die Zwei-Faktor-Authentifizierung. Richten Sie sie ein, um weiterzumachen.',
    status: 'Status',
    enabled: 'Aktiviert',
    disabled: 'Deaktiviert',
    whyTitle: 'Authenticator-App',
    why: 'Nach dem Passwort geben Sie einen kurzen Code ein, den nur Ihr Telefon kennt. Jeder Code gilt einmal. Das Einrichten dauert mit jeder Authenticator-App etwa zwei Minuten.',
    setUp: 'Authenticator einrichten',
    protectedTitle: 'Ihr Konto ist geschützt',
    since: (when) => `Aktiviert seit ${when}`,
    lastUsed: (when) => `letzter Code: ${when}`,
    brokenTitle: 'Ihr Schlüssel kann nicht verwendet werden',
    dead: 'Es gab zu viele falsche Codes. Der Schlüssel ist deshalb endgültig gesperrt. Mit „Auf anderes Telefon umziehen“ bekommen Sie einen neuen, auch auf demselben Telefon: Bestätigen Sie mit Passwort und Backup-Code. Ohne Backup-Code bitten Sie um Hilfe.',
    unreadable:
      'Der Server kann Ihren Schlüssel nicht lesen. Mit „Auf anderes Telefon umziehen“ bekommen Sie einen neuen, auch auf demselben Telefon: Bestätigen Sie mit Passwort und Backup-Code. Ohne Backup-Code bitten Sie um Hilfe.',
    pausedTitle: 'Ihr Konto verlangt keinen Code',
    pausedUntil: (when) => `Deaktiviert bis ${when}. Ihr Schlüssel und Ihre Backup-Codes bleiben.`,
    pausedOpen: 'Deaktiviert, bis Sie wieder aktivieren. Ihr Schlüssel und Ihre Backup-Codes bleiben.',
    appTitle: 'Authenticator-App',
    appText: 'Die Codes zeigt der Eintrag in Ihrer App mit dem Namen',
    newPhone: 'Neues Telefon? Ziehen Sie um, bevor Sie das alte weggeben.',
    phoneName: 'Name des Telefons',
    phoneHint: 'Damit Sie wissen, welches Telefon die Codes zeigt.',
    phoneSaved: 'Der Name des Telefons ist gespeichert.',
    unsaved: 'Ihre Änderungen sind nicht gespeichert. Trotzdem verlassen?',
  },

  codes: {
    have: 'Sie haben',
    unused: (n) => times(n, 'unbenutzten Backup-Code.', 'unbenutzte Backup-Codes.'),
    generate: 'Backup-Codes erzeugen',
    reminder: (n) => `Sie haben nicht bestätigt, dass Satz ${n} gespeichert ist.`,
    renew: 'Erzeugen Sie neue Codes.',
    check: 'Gespeicherten Code prüfen',
  },

  enroll: {
    title: 'Authenticator einrichten',
    scanTitle: 'Barcode scannen',
    scan: 'Scannen Sie diesen Barcode mit der Kamera Ihres Telefons oder geben Sie den folgenden geheimen Schlüssel ein',
    secretKey: 'Geheimer Schlüssel',
    copyKey: 'Geheimen Schlüssel kopieren',
    copied: 'Kopiert',
    copyFailed: 'Das Kopieren hat nicht geklappt. Markieren Sie den Schlüssel und kopieren Sie ihn selbst.',
    qrName: (service) => `QR-Code zum Einrichten von ${service}`,
    openApp: 'In Authenticator-App öffnen',
    phoneName: 'Name des Telefons',
    codeTitle: 'Code eingeben',
    codeLead:
      'Wenn Sie den Barcode gescannt haben, geben Sie den 6-stelligen Bestätigungscode ein, den die Authenticator-App erzeugt.',
    code: 'Code',
    codeMissing: 'Code: Geben Sie die 6 Ziffern ein, die Ihre Authenticator-App zeigt.',
    codeMalformed: 'Code: Geben Sie genau 6 Ziffern ein. Das zählte nicht als Versuch.',
    submit: 'Prüfen und speichern',
    ending: 'Dieser Schlüssel endet in',
    goOn: 'Schlüssel länger behalten',
    expiredTitle: 'Dieser Schlüssel ist abgelaufen',
    expired:
      'Der Schlüssel wurde nicht rechtzeitig bestätigt, oder es gab zu viele falsche Codes. Löschen Sie den gescannten Eintrag aus Ihrer App und beginnen Sie mit einem neuen Schlüssel.',
    newKey: 'Neuen Schlüssel anzeigen',
    done: 'Die Zwei-Faktor-Authentifizierung ist aktiviert. Alle anderen Sitzungen Ihres Kontos wurden beendet.',
  },

  password: {
    title: 'Passwort',
    lead: 'Andere Sitzungen Ihres Kontos enden, wenn Sie das Passwort ändern.',
    must: 'Sie müssen ein neues Passwort wählen, bevor Sie weitermachen können.',
    newPassword: 'Neues Passwort',
    hint: 'Mindestens 15 Zeichen. Ein Satz, den Sie sich merken können, ist eine gute Wahl.',
    missing: (label) => `${label}: Geben Sie das Passwort ein, das Sie verwenden möchten.`,
    submit: 'Passwort ändern',
    done: 'Ihr Passwort ist geändert. Alle anderen Sitzungen Ihres Kontos wurden beendet.',
  },

  stepUp: {
    title: 'Bestätigen Sie, dass Sie es sind',
    password: 'Geben Sie dafür noch einmal Ihr Passwort ein.',
    code: 'Geben Sie dafür einen neuen Code aus Ihrer Authenticator-App oder einen Backup-Code ein.',
    both: 'Geben Sie dafür Ihr Passwort und einen neuen Code aus Ihrer Authenticator-App oder einen Backup-Code ein.',
    submit: 'Bestätigen',
  },

  moreTime: 'Sie haben jetzt mehr Zeit.',
  idle: {
    ending: 'Sie werden abgemeldet in',
    goOn: 'Angemeldet bleiben',
    endingForGood: 'Sie sind seit einem Tag angemeldet. Sie müssen sich neu anmelden in',
  },

  notices: {
    title: 'Zur Sicherheit Ihres Kontos',
    failedCodes: (n) =>
      times(
        n,
        'Seit Ihrer letzten Anmeldung gab es 1 falschen Code.',
        `Seit Ihrer letzten Anmeldung gab es ${n} falsche Codes.`,
      ),
    failedCodesHint: 'Wenn Sie das nicht waren, kennt jemand Ihr Passwort: Ändern Sie es.',
    changePassword: 'Ändern Sie Ihr Passwort.',
    dismissAll: 'Alle ausblenden',
    dismissShown: 'Diese ausblenden',
    older: (n) => times(n, '1 älterer Hinweis folgt.', `${n} ältere Hinweise folgen.`),
    notYou: 'Wenn Sie das nicht waren, bitten Sie sofort um Hilfe.',
    on: 'unter',
    kinds: {
      key_bound: 'Die Zwei-Faktor-Authentifizierung wurde eingerichtet.',
      key_moved: 'Die Codes wurden auf ein anderes Telefon umgezogen.',
      key_removed: 'Die Zwei-Faktor-Authentifizierung wurde deaktiviert: Der Sicherheitsschlüssel wurde entfernt.',
      paused: 'Die Zwei-Faktor-Authentifizierung wurde vorübergehend deaktiviert.',
      resumed: 'Die Zwei-Faktor-Authentifizierung wurde wieder aktiviert.',
      codes_generated: 'Neue Backup-Codes wurden erzeugt. Die früheren gelten nicht mehr.',
      backup_code_used: 'Ein Backup-Code wurde verwendet.',
      password_known: 'Jemand kannte Ihr Passwort, aber nicht Ihren Code.',
      notice_address_changed: 'Die E-Mail-Adresse für Sicherheitshinweise wurde geändert.',
      password_changed: 'Ihr Passwort wurde geändert.',
      operator_password: 'Der Betreiber hat für Ihr Konto ein neues Passwort gesetzt.',
      operator_reset: 'Der Betreiber hat die Zwei-Faktor-Authentifizierung Ihres Kontos zurückgesetzt.',
      operator_disabled: 'Der Betreiber hat Ihr Konto gesperrt.',
      operator_enabled: 'Der Betreiber hat Ihr Konto wieder freigegeben.',
      other: 'An der Sicherheit Ihres Kontos wurde etwas geändert.',
    },
  },

  notFound: {
    title: 'Seite nicht gefunden',
    text: 'Unter dieser Adresse gibt es keine Seite. Prüfen Sie die Adresse oder beginnen Sie auf der Startseite.',
    home: 'Zur Startseite',
  },

  reasons: {
    username: {
      empty: 'Benutzername: Wählen Sie einen Benutzernamen.',
      too_long: 'Benutzername: Verwenden Sie höchstens 64 Zeichen.',
      not_allowed: 'Benutzername: Verwenden Sie Buchstaben, Ziffern und Zeichen, aber keine Leerzeichen.',
      taken: 'Benutzername: Dieser ist vergeben. Wählen Sie einen anderen.',
    },
    password: {
      empty: 'Passwort: Geben Sie Ihr Passwort ein.',
      unchanged: 'Passwort: Das ist Ihr jetziges. Wählen Sie ein anderes.',
      too_short: 'Passwort: Verwenden Sie mindestens 15 Zeichen.',
      too_long: 'Passwort: Verwenden Sie höchstens 256 Zeichen.',
      common:
        'Passwort: Dieses steht auf Listen häufig verwendeter Passwörter. Wählen Sie ein anderes, etwa einige Wörter ohne Zusammenhang.',
      contains_name:
        'Passwort: Es ist Ihrem Benutzernamen oder dem Namen dieses Dienstes zu ähnlich. Wählen Sie ein anderes.',
    },
    display_name: {
      too_long: 'Vollständiger Name: Verwenden Sie höchstens 100 Zeichen.',
      not_allowed: 'Vollständiger Name: Ein Zeichen darin kann nicht verwendet werden.',
    },
    email: {
      not_allowed: 'Sicherheitshinweise gehen an: Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@example.com.',
    },
    phone_name: {
      too_long: 'Name des Telefons: Verwenden Sie höchstens 40 Zeichen.',
      not_allowed: 'Name des Telefons: Ein Zeichen darin kann nicht verwendet werden.',
    },
    code: {
      malformed: 'Code: Geben Sie genau 6 Ziffern ein. Das zählte nicht als Versuch.',
    },
  },

  codeProblems: {
    code_wrong: 'Dieser Code ist nicht richtig.',
    code_used: 'Dieser Code wurde schon verwendet. Warten Sie auf den nächsten.',
    ofKind: {
      totp: {
        code_wait:
          'Es gab zu viele falsche Codes aus der App. Warten Sie, bevor Sie den nächsten eingeben, oder verwenden Sie einen Backup-Code.',
        code_stopped:
          'Es gab zu viele falsche Codes aus der App. In diesem Browser gelten sie nicht mehr. Verwenden Sie einen Backup-Code oder bitten Sie um Hilfe.',
        key_dead:
          'Es gab zu viele falsche Codes. Ihr Schlüssel ist deshalb endgültig gesperrt. Verwenden Sie einen Backup-Code oder bitten Sie um Hilfe, um einen neuen Schlüssel zu bekommen.',
        key_unreadable:
          'Der Server kann Ihren Schlüssel nicht lesen. Verwenden Sie einen Backup-Code oder bitten Sie um Hilfe, um einen neuen Schlüssel zu bekommen.',
        clock_changed: 'Die Uhr des Servers wurde verstellt. Verwenden Sie einen Backup-Code.',
      },
      backup: {
        code_wrong: 'Dieser Backup-Code ist nicht richtig. Vergleichen Sie ihn mit Ihrem Blatt.',
        code_used: 'Dieser Backup-Code wurde schon verwendet. Nehmen Sie einen anderen.',
        code_wait:
          'Es gab zu viele falsche Backup-Codes. Warten Sie, bevor Sie den nächsten eingeben, oder verwenden Sie einen Code aus der App.',
        code_stopped:
          'Es gab zu viele falsche Backup-Codes. In diesem Browser gelten sie nicht mehr. Verwenden Sie einen Code aus der App oder bitten Sie um Hilfe.',
        key_dead:
          'Es gab zu viele falsche Backup-Codes. Dieser Satz ist deshalb endgültig gesperrt. Verwenden Sie einen Code aus der App oder bitten Sie um Hilfe.',
      },
    },
    password_wrong: 'Dieses Passwort ist nicht richtig.',
    triesLeft: (n) =>
      times(
        n,
        'Sie haben noch 1 Versuch, bevor Sie warten müssen.',
        `Sie haben noch ${n} Versuche, bevor Sie warten müssen.`,
      ),
    keyTriesLeft: (n) =>
      times(
        n,
        'Sie haben noch 1 Versuch, bevor dieser Schlüssel abläuft.',
        `Sie haben noch ${n} Versuche, bevor dieser Schlüssel abläuft.`,
      ),
    waitFirst: 'Warten Sie, bevor Sie es wieder versuchen.',
    passwordTriesLeft: (n) =>
      times(
        n,
        'Sie haben noch 1 Versuch, bevor Sie abgemeldet werden.',
        `Sie haben noch ${n} Versuche, bevor Sie abgemeldet werden.`,
      ),
    clockSlow: (minutes) =>
      `Dieser Code war vor etwa ${times(minutes, '1 Minute', `${minutes} Minuten`)} richtig. Die Uhr Ihres Telefons scheint nachzugehen. Schalten Sie Datum und Uhrzeit auf automatisch und geben Sie dann einen neuen Code ein.`,
    clockFast: (minutes) =>
      `Dieser Code wird in etwa ${times(minutes, '1 Minute', `${minutes} Minuten`)} richtig sein. Die Uhr Ihres Telefons scheint vorzugehen. Schalten Sie Datum und Uhrzeit auf automatisch und geben Sie dann einen neuen Code ein.`,
  },

  roomProblems: {
    code_replaced:
      'Dieser Backup-Code ist aus einem älteren Satz und gilt nicht mehr. Nehmen Sie einen aus dem neuesten.',
    codes_not_shown:
      'Die Verbindung wurde unterbrochen. Neue Backup-Codes wurden erzeugt, konnten aber nicht angezeigt werden. Erzeugen Sie sie noch einmal.',
    code_wait: 'Es gab zu viele falsche Codes. Warten Sie, bevor Sie es wieder versuchen.',
    code_stopped:
      'Es gab zu viele falsche Codes. Von diesem Browser werden keine Codes mehr angenommen. Bitten Sie um Hilfe.',
    key_dead:
      'Es gab zu viele falsche Codes. Ihr Schlüssel ist deshalb endgültig gesperrt. Bitten Sie um Hilfe, um einen neuen zu bekommen.',
    key_unreadable: 'Der Server kann Ihren Schlüssel nicht lesen. Bitten Sie um Hilfe, um einen neuen zu bekommen.',
    clock_changed: 'Die Uhr des Servers wurde verstellt. Bitten Sie um Hilfe.',
    signed_out: 'Sie sind abgemeldet. Melden Sie sich wieder an.',
    pending_ended: 'Diese Anmeldung ist beendet. Beginnen Sie noch einmal mit Ihrem Passwort.',
    setup_token_wrong: 'Dieser Link ist falsch oder zu alt. Starten Sie den Server neu, um einen neuen zu bekommen.',
    setup_closed: 'Dieser Server hat bereits einen Administrator.',
    pending_key_ended: 'Dieser Schlüssel ist abgelaufen. Beginnen Sie mit einem neuen.',
    second_factor_owed: 'Ihr Konto verlangt jetzt einen Code. Bestätigen Sie ihn und versuchen Sie es dann wieder.',
    set_up_owed: 'Richten Sie zuerst die Zwei-Faktor-Authentifizierung ein.',
    password_change_owed: 'Wählen Sie zuerst ein neues Passwort.',
    mailed_code_wrong: 'Dieser Code ist nicht richtig. Vergleichen Sie ihn mit der E-Mail.',
    address_code_ended: 'Dieser Code gilt nicht mehr. Fordern Sie einen neuen an.',
    mail_wait: 'Es wurden zu viele Codes verschickt. Warten Sie, bevor Sie einen weiteren anfordern.',
    two_factor_required: 'Ihre Organisation verlangt die Zwei-Faktor-Authentifizierung. Sie bleibt deshalb aktiviert.',
    wrong_state: 'Diese Seite war nicht mehr aktuell. Sehen Sie sie noch einmal an und versuchen Sie es wieder.',
    not_found: 'Das gibt es nicht mehr.',
    too_large: 'Das ist zu lang.',
  },
}

import type { Texts } from './en-later'
import { plural } from './plural'

export const texts: Texts = {
  cancel: 'Abbrechen',
  close: 'Schließen',
  moment: 'Einen Moment …',
  save: 'Speichern',
  unsaved: 'Ihre Änderungen sind nicht gespeichert. Trotzdem verlassen?',
  move: 'Auf anderes Telefon umziehen',
  generate: 'Backup-Codes erzeugen',
  unsavedSet: (n) => `Sie haben nicht bestätigt, dass Satz ${n} gespeichert ist.`,
  generateNew: 'Erzeugen Sie neue Codes.',

  moreTime: 'Sie haben jetzt mehr Zeit.',
  noMoreTime: 'Das lässt sich nicht weiter verlängern. Schließen Sie es ab oder beginnen Sie noch einmal.',
  reload: 'Seite neu laden',
  fault:
    'Auf dieser Seite hat etwas nicht funktioniert. Laden Sie die Seite neu und sehen Sie dann nach, ob Ihre Änderung gespeichert ist.',
  broken: {
    home: 'Zur Startseite',
    title: 'Diese Seite kann nicht angezeigt werden',
    text: 'Auf ihr hat etwas nicht funktioniert. Laden Sie die Seite neu. Wenn das nicht hilft, gehen Sie auf eine andere Seite.',
    signOut: 'Abmelden',
  },
  insecure: {
    title: 'Diese Verbindung ist nicht sicher',
    text: 'Anmelden können Sie sich nur über eine sichere Verbindung, denn sonst könnte jemand Ihr Passwort mitlesen. Öffnen Sie die Adresse mit https:// am Anfang.',
    open: (address) => `${address} öffnen`,
    operator: 'Wenn das nicht geht, fragen Sie die Betreiber dieses Servers nach der richtigen Adresse.',
  },
  notFound: {
    title: 'Seite nicht gefunden',
    text: 'Unter dieser Adresse gibt es keine Seite. Prüfen Sie die Adresse oder beginnen Sie auf der Startseite.',
    home: 'Zur Startseite',
  },
  session: {
    ending: 'Sie werden abgemeldet in',
    goOn: 'Angemeldet bleiben',
    endingForGood: 'Diese Sitzung lässt sich nicht verlängern. Sie müssen sich neu anmelden in',
  },

  code: {
    label: 'Bestätigungscode',
    hint: '6 Ziffern',
    backupLabel: 'Backup-Code',
    backupHint: '16 Buchstaben und Ziffern, zum Beispiel 7K2M\u2011Q9XA\u20114TBD\u2011R8WC',
    typeBackup: 'Backup-Code eingeben',
    typeDigits: '6-stelligen Code eingeben',
    missing: 'Bestätigungscode: Geben Sie die 6 Ziffern ein, die Ihre Authenticator-App zeigt.',
    malformed: 'Bestätigungscode: Geben Sie genau 6 Ziffern ein. Das zählte nicht als Versuch.',
    missingBackup: 'Backup-Code: Geben Sie einen Code von Ihrem Blatt ein.',
    malformedBackup: {
      form: 'Backup-Code: Geben Sie alle 16 Buchstaben und Ziffern ein. Das zählte nicht als Versuch.',
      typing:
        'Backup-Code: Darin ist ein Tippfehler. Vergleichen Sie ihn mit Ihrem Blatt. Das zählte nicht als Versuch.',
    },
  },

  ways: {
    another: 'Anderer Weg',
    names: {
      totp: 'Code aus der Authenticator-App',
      passkey: 'Passkey',
      hardware_key: 'Hardware-Schlüssel',
      backup: 'Backup-Code',
    },
    leads: {
      passkey: 'Verwenden Sie den Passkey Ihres Kontos: Ihren Fingerabdruck, Ihr Gesicht oder die PIN des Geräts.',
      hardware_key:
        'Verbinden Sie Ihren Hardware-Schlüssel mit dem Gerät oder halten Sie ihn daran, und berühren Sie ihn dann.',
    },
    use: { passkey: 'Passkey verwenden', hardware_key: 'Hardware-Schlüssel verwenden' },
    unsupported:
      'Dieser Browser kann keine Passkeys und Hardware-Schlüssel verwenden. Nehmen Sie einen anderen Browser.',
  },

  steps: {
    password: 'Schritt 1 von 3 · Passwort',
    factor: 'Schritt 2 von 3 · zweiter Faktor',
    codes: 'Schritt 3 von 3 · Backup-Codes',
  },

  newPassword: {
    hint: 'Mindestens 15 Zeichen. Ein Satz, den Sie sich merken können, ist eine gute Wahl.',
    missing: (label) => `${label}: Geben Sie das Passwort ein, das Sie verwenden möchten.`,
  },

  reasons: {
    username: {
      empty: 'Benutzername: Wählen Sie einen Benutzernamen.',
      too_long: 'Benutzername: Verwenden Sie höchstens 64 Zeichen.',
      not_allowed: 'Benutzername: Verwenden Sie Buchstaben, Ziffern und Zeichen, aber keine Leerzeichen.',
      taken: 'Benutzername: Dieser ist vergeben oder wurde früher vergeben. Wählen Sie einen anderen.',
      different: 'Benutzername: Das ist nicht der Benutzername dieses Kontos.',
    },
    password: {
      empty: (label) => `${label}: Geben Sie ein Passwort ein.`,
      unchanged: (label) => `${label}: Das ist Ihr jetziges. Wählen Sie ein anderes.`,
      too_short: (label) => `${label}: Verwenden Sie mindestens 15 Zeichen.`,
      too_long: (label) => `${label}: Verwenden Sie höchstens 256 Zeichen.`,
      common: (label) =>
        `${label}: Dieses steht auf Listen häufig verwendeter Passwörter. Wählen Sie ein anderes, etwa einige Wörter ohne Zusammenhang.`,
      contains_name: (label) =>
        `${label}: Es ist Ihrem Benutzernamen oder dem Namen dieses Dienstes zu ähnlich. Wählen Sie ein anderes.`,
    },
    display_name: {
      too_long: 'Vollständiger Name: Verwenden Sie höchstens 100 Zeichen.',
      not_allowed: 'Vollständiger Name: Ein Zeichen darin kann nicht verwendet werden.',
    },
    email: {
      not_allowed: (label) => `${label}: Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@example.com.`,
      taken: (label) => `${label}: Ein anderes Konto hat diese Adresse.`,
    },
    phone_name: {
      too_long: 'Name des Telefons: Verwenden Sie höchstens 40 Zeichen.',
      not_allowed: 'Name des Telefons: Ein Zeichen darin kann nicht verwendet werden.',
    },
    code: {
      malformed: 'Code: Geben Sie genau 6 Ziffern ein. Das zählte nicht als Versuch.',
    },
  },

  problems: {
    ceremony_ended:
      'Das hat zu lange gedauert oder wurde in einem anderen Tab beantwortet. Versuchen Sie es noch einmal.',
    key_cancelled:
      'Es wurde kein Passkey oder Schlüssel verwendet. Das Fenster wurde geschlossen, oder hier ist keiner, der zu Ihnen gehört. Versuchen Sie es noch einmal, oder wählen Sie einen anderen Weg.',
    key_changed:
      'Ihr Passwort-Manager hat diesen Passkey verändert. Melden Sie sich auf einem anderen Weg an, entfernen Sie ihn und fügen Sie ihn neu hinzu.',
    key_copied:
      'Der Zähler dieses Schlüssels ging zurück: Vielleicht hat jemand eine Kopie. Melden Sie sich auf einem anderen Weg an und entfernen Sie ihn.',
    key_exists: 'Dieser Schlüssel gehört schon Ihnen.',
    key_insecure:
      'Passkeys und Hardware-Schlüssel funktionieren nur über eine sichere Verbindung und an der Adresse dieses Servers. Prüfen Sie die Adresse.',
    key_not_made:
      'Es wurde nichts hinzugefügt, weil das Fenster des Browsers geschlossen wurde. Versuchen Sie es noch einmal.',
    key_refused:
      'Die Antwort des Schlüssels war nicht richtig. Versuchen Sie es noch einmal, oder wählen Sie einen anderen Weg.',
    key_timeout:
      'Das hat zu lange gedauert. Versuchen Sie es noch einmal, und bestätigen Sie innerhalb von fünf Minuten.',
    key_unknown:
      'Dieser Schlüssel gehört nicht zu diesem Konto. Verwenden Sie einen anderen, oder wählen Sie einen anderen Weg.',
    key_unsupported:
      'Dieser Browser oder dieses Gerät kann diese Art von Schlüssel nicht verwenden. Versuchen Sie einen anderen Browser, oder wählen Sie einen anderen Weg.',
    key_unverified:
      'Der Passkey hat nicht nach PIN, Fingerabdruck oder Gesicht gefragt. Richten Sie das auf dem Gerät ein, und versuchen Sie es noch einmal.',
    keys_impossible:
      'An dieser Adresse sind Passkeys und Hardware-Schlüssel nicht möglich. Fragen Sie die Leute, die diesen Server betreiben.',
    too_many_keys: 'Sie haben 20 Passkeys und Hardware-Schlüssel, mehr sind nicht möglich. Entfernen Sie zuerst einen.',
    acted_lately:
      'Sie haben in den letzten 24 Stunden für dieses Konto einen Passwort-Link oder einen Hilfe-Code gegeben, den zweiten Faktor entfernt oder die E-Mail-Adresse geändert. Eine Person darf in dieser Zeit nur eines davon. Bitten Sie jemand anderen oder warten Sie.',
    address_code_ended: 'Dieser Code gilt nicht mehr. Fordern Sie einen neuen an.',
    bad_request: 'Der Server konnte diese Anfrage nicht lesen. Laden Sie die Seite neu.',
    clock_changed: {
      totp: 'Die Uhr des Servers wurde verstellt. Verwenden Sie einen Backup-Code.',
      totpOnly: 'Die Uhr des Servers wurde verstellt. Bitten Sie um Hilfe.',
    },
    code_replaced:
      'Dieser Backup-Code ist aus einem älteren Satz und gilt nicht mehr. Nehmen Sie einen aus dem neuesten.',
    code_stopped: {
      totp: 'Es gab zu viele falsche Codes aus der App. In diesem Browser gelten sie nicht mehr. Verwenden Sie einen Backup-Code oder bitten Sie um Hilfe.',
      backup:
        'Es gab zu viele falsche Backup-Codes. In diesem Browser gelten sie nicht mehr. Verwenden Sie einen Code aus der App oder bitten Sie um Hilfe.',
      help: 'Es gab zu viele falsche Hilfe-Codes. In diesem Browser gelten sie nicht mehr. Bitten Sie um Hilfe.',
      totpOnly:
        'Es gab zu viele falsche Codes. Von diesem Browser werden keine Codes mehr angenommen. Bitten Sie um Hilfe.',
    },
    code_used: {
      totp: 'Dieser Code wurde schon verwendet. Warten Sie auf den nächsten.',
      backup: 'Dieser Backup-Code wurde schon verwendet. Nehmen Sie einen anderen.',
    },
    code_wait: {
      totp: 'Es gab zu viele falsche Codes aus der App. Warten Sie, bevor Sie den nächsten eingeben, oder verwenden Sie einen Backup-Code.',
      backup:
        'Es gab zu viele falsche Backup-Codes. Warten Sie, bevor Sie den nächsten eingeben, oder verwenden Sie einen Code aus der App.',
      help: 'Es gab zu viele falsche Hilfe-Codes. Warten Sie, bevor Sie den nächsten eingeben.',
      totpOnly: 'Es gab zu viele falsche Codes. Warten Sie, bevor Sie es wieder versuchen.',
    },
    code_wrong: {
      totp: 'Dieser Code ist nicht richtig.',
      backup: 'Dieser Backup-Code ist nicht richtig. Vergleichen Sie ihn mit Ihrem Blatt.',
      help: 'Dieser Hilfe-Code ist nicht richtig, oder seine Zeit ist um. Vergleichen Sie ihn oder lassen Sie sich einen neuen geben.',
    },
    codes_not_shown:
      'Die Verbindung wurde unterbrochen. Neue Backup-Codes wurden erzeugt, konnten aber nicht angezeigt werden. Erzeugen Sie sie noch einmal.',
    factor_missing: 'Dieses Konto hat noch keinen zweiten Faktor. Andere Rollen brauchen einen.',
    factor_owed: 'Diese Seiten verlangen die Zwei-Faktor-Authentifizierung. Richten Sie sie zuerst ein.',
    group_in_use: 'Regeln von Anwendungen nennen diese Gruppe. Nehmen Sie sie dort zuerst heraus.',
    headers_too_large:
      'Der Browser hat zu viele Daten gesendet. Löschen Sie die Cookies dieser Website und laden Sie die Seite neu.',
    help_stopped:
      'Zu einem Hilfe-Code für dieses Konto hat jemand „Das war ich nicht“ gesagt. Danach darf 24 Stunden lang niemand bei diesem Konto helfen.',
    key_dead: {
      totp: 'Es gab zu viele falsche Codes. Der Schlüssel Ihrer Authenticator-App ist deshalb endgültig gesperrt. Verwenden Sie einen Backup-Code oder bitten Sie um Hilfe, um einen neuen zu bekommen.',
      backup:
        'Es gab zu viele falsche Backup-Codes. Dieser Satz ist deshalb endgültig gesperrt. Verwenden Sie einen Code aus der App oder bitten Sie um Hilfe.',
      totpOnly:
        'Es gab zu viele falsche Codes. Der Schlüssel Ihrer Authenticator-App ist deshalb endgültig gesperrt. Bitten Sie um Hilfe, um einen neuen zu bekommen.',
    },
    key_unreadable: {
      totp: 'Der Server kann den Schlüssel Ihrer Authenticator-App nicht lesen. Verwenden Sie einen Backup-Code oder bitten Sie um Hilfe, um einen neuen zu bekommen.',
      totpOnly:
        'Der Server kann den Schlüssel Ihrer Authenticator-App nicht lesen. Bitten Sie um Hilfe, um einen neuen zu bekommen.',
    },
    last_administrator:
      'Es bliebe kein anderer Administrator mit zweitem Faktor. Machen Sie zuerst jemand anderen dazu.',
    link_ended: 'Dieser Link gilt nicht mehr. Bitten Sie die Person, die ihn Ihnen gegeben hat, um einen neuen.',
    mail_wait: 'Es wurden zu viele Codes verschickt. Warten Sie, bevor Sie einen weiteren anfordern.',
    mailed_code_wrong: 'Dieser Code ist nicht richtig. Vergleichen Sie ihn mit der E-Mail.',
    method_not_allowed: 'Diese Seite passt nicht zum Server. Laden Sie die Seite neu.',
    not_found: 'Das gibt es nicht mehr.',
    own_account:
      'Das ist Ihr eigenes Konto. Verwenden Sie Ihre Einstellungen oder bitten Sie einen anderen Administrator.',
    password_known:
      'Jemand ohne den zweiten Faktor kannte zuletzt das Passwort. Zuerst gibt jemand anderer einen Passwort-Link; ist ein neues Passwort gewählt, können Sie den zweiten Faktor entfernen.',
    password_change_owed: 'Wählen Sie zuerst ein neues Passwort.',
    password_wrong: 'Dieses Passwort ist nicht richtig.',
    pending_ended: 'Diese Anmeldung ist beendet. Beginnen Sie noch einmal mit Ihrem Passwort.',
    pending_key_ended: 'Dieser Schlüssel gilt nicht mehr. Beginnen Sie mit einem neuen.',
    policy_not_met: 'Ihr eigenes Konto erfüllt diese Richtlinie nicht. Richten Sie zuerst ein, was sie verlangt.',
    role_owed: 'Ihre Rolle erlaubt das nicht. Bitten Sie einen Administrator.',
    second_factor_owed:
      'Ihr Konto verlangt jetzt einen zweiten Faktor. Geben Sie ihn an und versuchen Sie es dann wieder.',
    set_up_owed: 'Richten Sie zuerst die Zwei-Faktor-Authentifizierung ein.',
    setup_closed: 'Dieser Server hat bereits einen Administrator.',
    setup_token_wrong: 'Dieser Link ist falsch oder zu alt. Starten Sie den Server neu, um einen neuen zu bekommen.',
    signed_out: 'Sie sind abgemeldet. Melden Sie sich wieder an.',
    step_up_owed: 'Bestätigen Sie, dass Sie es sind, und versuchen Sie es dann wieder.',
    too_large: 'Das ist zu lang.',
    two_factor_required:
      'Ihre Organisation verlangt diesen Faktor, er bleibt deshalb. Wird ein Passkey oder Hardware-Schlüssel verlangt, fügen Sie einen weiteren hinzu, bevor Sie den letzten entfernen.',
    unsupported_media: 'Der Server konnte diese Anfrage nicht lesen. Laden Sie die Seite neu.',
    wrong_state: 'Diese Seite war nicht mehr aktuell. Sehen Sie sie noch einmal an und versuchen Sie es wieder.',
  },

  tries: {
    left: (n) => `Sie haben noch ${plural(n, '1 Versuch', `${n} Versuche`)}, bevor Sie warten müssen.`,
    leftForKey: (n) =>
      `Sie haben noch ${plural(n, '1 Versuch', `${n} Versuche`)}, bevor dieser Schlüssel ungültig wird.`,
    leftForPassword: (n) => `Sie haben noch ${plural(n, '1 Versuch', `${n} Versuche`)}, bevor Sie abgemeldet werden.`,
    wait: 'Warten Sie, bevor Sie es wieder versuchen.',
  },
  clock: {
    slow: (minutes) =>
      `Dieser Code war vor etwa ${plural(minutes, '1 Minute', `${minutes} Minuten`)} richtig. Die Uhr Ihres Telefons scheint nachzugehen. Schalten Sie Datum und Uhrzeit auf automatisch und geben Sie dann einen neuen Code ein.`,
    fast: (minutes) =>
      `Dieser Code wird in etwa ${plural(minutes, '1 Minute', `${minutes} Minuten`)} richtig sein. Die Uhr Ihres Telefons scheint vorzugehen. Schalten Sie Datum und Uhrzeit auf automatisch und geben Sie dann einen neuen Code ein.`,
    check: 'Prüfen Sie, ob Ihr Telefon die richtige Uhrzeit zeigt.',
  },
}

import type { Texts } from './en-enrollment'

export const texts: Texts = {
  comeBack: {
    setUp:
      'Eine Anwendung verlangt einen zweiten Faktor. Richten Sie ihn ein und speichern Sie Ihre Backup-Codes; danach öffnet sie sich von selbst.',
    codes: 'Die Anwendung öffnet sich von selbst, sobald Ihre Backup-Codes gespeichert sind.',
    ready: 'Ihr zweiter Faktor ist eingerichtet, und Ihre Backup-Codes sind gespeichert.',
    goOn: 'Weiter zur Anwendung',
  },
  enroll: {
    title: 'Authenticator einrichten',
    lead: 'Scannen Sie, dann geben Sie den Code ein. Abbrechen ändert nichts.',
    scanTitle: 'QR-Code mit einer Authenticator-App scannen',
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
    ending: 'Dieser Schlüssel läuft ab in',
    goOn: 'Schlüssel länger behalten',
    expiredTitle: 'Dieser Schlüssel gilt nicht mehr',
    expired:
      'Der Schlüssel wurde nicht rechtzeitig bestätigt, es gab zu viele falsche Codes, oder er wurde in einem anderen Tab abgebrochen. Löschen Sie den gescannten Eintrag aus Ihrer App und beginnen Sie mit einem neuen Schlüssel.',
    newKey: 'Neuen Schlüssel anzeigen',
    replaced:
      'Das ist ein neuer Schlüssel. Wenn Sie den früheren gescannt haben, löschen Sie dessen Eintrag aus Ihrer App.',
    done: 'Die Zwei-Faktor-Authentifizierung ist aktiviert. Alle anderen Sitzungen Ihres Kontos wurden beendet.',
  },

  move: {
    title: 'Auf ein anderes Telefon umziehen?',
    lead: 'Sie bekommen einen neuen Schlüssel für das neue Telefon. Das alte Telefon funktioniert, bis Sie einen richtigen Code vom neuen eingeben.',
    leadBroken: 'Sie bekommen einen neuen Schlüssel. Er ersetzt den jetzigen, der sich nicht mehr verwenden lässt.',
    keeps: 'Ihre Backup-Codes bleiben. Alle anderen Sitzungen Ihres Kontos enden mit dem Umzug.',
    start: 'Umzug beginnen',
    note: 'Ihr altes Telefon funktioniert, bis der neue Code richtig war. Abbrechen ändert nichts.',
    recovery:
      'Scannen Sie den Code und geben Sie dann ein, was die App zeigt. Bis dahin gelten Ihr bisheriges Telefon und Ihre Codes.',
    noteBroken: 'Dieser neue Schlüssel ersetzt den, der sich nicht verwenden lässt. Abbrechen ändert nichts.',
    doneTitle: 'Ihre Codes kommen jetzt vom neuen Telefon',
    doneEntry: 'Löschen Sie diesen Eintrag aus der App auf Ihrem alten Telefon. Seine Codes gelten nicht mehr.',
    doneRest: 'Ihre Backup-Codes bleiben. Alle anderen Sitzungen Ihres Kontos wurden beendet.',
    done: 'Fertig',
  },
}

import type { Texts } from './en-new-codes'

export const texts: Texts = {
  checkCode: {
    lead: 'Finden Sie heraus, ob ein Code auf Ihrem Blatt noch gilt. Er wird dabei nicht verbraucht.',
    code: 'Backup-Code',
    submit: 'Prüfen',
    valid: (set) => `Gültig, Satz ${set}.`,
    usedOn: (when, set) => `Verwendet am ${when}. Er war aus Satz ${set}.`,
    replaced: (set) => `Aus Satz ${set}, nicht mehr gültig.`,
    unknown: 'Unbekannt. Das ist keiner Ihrer Codes.',
  },
  newCodes: {
    title: 'Ihre neuen Backup-Codes',
    lead: 'Bewahren Sie sie sicher auf, getrennt von Ihrem Telefon. Sie werden nur jetzt angezeigt.',
    leadReplaced:
      'Bewahren Sie sie sicher auf, getrennt von Ihrem Telefon. Sie werden nur jetzt angezeigt, und frühere Codes gelten nicht mehr.',
    created: 'Erstellt',
    print: 'Backup-Codes drucken',
    opensTab: '(öffnet einen neuen Tab)',
    copy: 'Kopieren',
    copied: 'Kopiert',
    copyFailed: 'Das Kopieren hat nicht geklappt. Laden Sie die Codes stattdessen herunter.',
    download: 'Herunterladen',
    saved: 'Ich habe diese Codes gespeichert',
    savedMissing: 'Setzen Sie den Haken, sobald Sie die Codes gespeichert haben: Sie werden nie wieder angezeigt.',
    done: 'Fertig',
    doneToast: (n, replaced) => `Satz ${n} ist gespeichert.${replaced ? ' Vernichten Sie ältere Blätter.' : ''}`,
    leave: 'Diese Codes werden nie wieder angezeigt. Ohne Speichern verlassen?',
    lostTitle: 'Diese Codes gelten nicht mehr.',
    lost: (n) =>
      `Sie wurden in einem anderen Fenster ersetzt oder entfernt. Vernichten Sie, was Sie von Satz ${n} gespeichert oder gedruckt haben.`,
  },

  sheet: {
    title: 'Backup-Codes',
    account: 'Konto',
    created: 'Erstellt',
    set: 'Satz',
    checkWord: 'Prüfwort',
    once: 'Jeder Code gilt einmal, in beliebiger Reihenfolge.',
    signIn: 'Anmelden unter',
    help: 'Wenn Telefon und Codes verloren sind',
    older: 'Dieses Blatt ersetzt alle früheren. Vernichten Sie ältere Blätter.',
  },
}

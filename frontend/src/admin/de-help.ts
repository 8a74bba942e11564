import { plural } from '../lib/plural'
import type { Texts } from './en-help'

export const texts: Texts = {
  code: {
    title: 'Hilfe-Code',
    text: 'Mit dem Code und dem Passwort richtet die Person einen neuen zweiten Faktor ein. Die bisherigen und die Backup-Codes gelten bis dahin.',
    sure: 'Vergewissern Sie sich, wer fragt:',
    checks: [
      'Rufen Sie unter einer Nummer zurück, die Sie kennen, nicht unter der angezeigten.',
      'Oder sehen Sie das Gesicht oder den Ausweis, vor Ort oder per Video.',
      'Fragen Sie etwas, das nur diese Person und die Firma wissen.',
      'Nichts ist so eilig, dass Sie das weglassen dürfen. Angreifer sind freundlich und haben es eilig.',
    ],
    known:
      'Jemand ohne den zweiten Faktor kannte zuletzt das Passwort. Das kann der sein, der jetzt fragt: Seien Sie doppelt vorsichtig. Jemand anderer kann zusätzlich einen Passwort-Link geben.',
    reason: 'Grund, und wie Sie sich vergewissert haben',
    reasonHint: 'Er steht danach in der Aktivität des Kontos.',
    missing: 'Grund: Geben Sie an, warum, und wie Sie sich vergewissert haben.',
    tooLong: 'Grund: Verwenden Sie höchstens 200 Zeichen.',
    works: 'Wie lange der Code gilt',
    minutes: {
      5: '5 Minuten',
      15: '15 Minuten',
      30: '30 Minuten',
      60: '1 Stunde',
      240: '4 Stunden',
      1440: '24 Stunden',
    },
    give: 'Hilfe-Code geben',
  },
  given: {
    title: 'Der Hilfe-Code',
    handOver: (name) => `Lesen Sie ihn ${name} auf einem sicheren Weg vor. Er wird nur jetzt angezeigt.`,
    ends: (when) => `Er gilt einmal, bis ${when}.`,
    steps: 'Was die Person jetzt tut:',
    does: [
      'Mit dem Passwort anmelden.',
      '„Telefon und Codes verloren?“ öffnen und den Code eingeben.',
      'Den neuen zweiten Faktor einrichten und die neuen Backup-Codes speichern.',
    ],
    copy: 'Kopieren',
    copied: 'Kopiert',
    notCopied: 'Der Browser hat ihn nicht kopiert. Markieren Sie den Code und kopieren Sie ihn selbst.',
    leave: 'Der Code wird nicht noch einmal angezeigt. Trotzdem verlassen?',
    done: 'Fertig',
  },
  stopped: {
    title: 'Hilfe ist angehalten',
    text: (when) =>
      `Jemand, der an diesem Konto angemeldet ist, hat zu einem Hilfe-Code „Das war ich nicht“ gesagt. Bis ${when} darf niemand bei diesem Konto helfen.`,
  },
  exception: {
    title: 'Ausnahme',
    text: 'Bis zum Ende des letzten Tages verlangen die Richtlinien nichts. Die Person erfährt davon.',
    reason: 'Grund',
    reasonHint: 'Die Person, Helfer und Administratoren können ihn lesen.',
    missing: 'Grund: Geben Sie einen an.',
    tooLong: 'Grund: Verwenden Sie höchstens 200 Zeichen.',
    lastDay: 'Letzter Tag',
    lastDayHint: (days) => `Höchstens ${plural(days, '1 Tag', `${days} Tage`)} ab heute.`,
    lastDayWrong: (days) =>
      `Letzter Tag: Wählen Sie einen innerhalb von ${plural(days, '1 Tag', `${days} Tagen`)} ab heute.`,
    give: 'Ausnahme geben',
    done: 'Die Ausnahme ist gegeben.',
    endTitle: 'Ausnahme beenden',
    endText: 'Die Richtlinien verlangen sofort wieder einen zweiten Faktor. Die Person erfährt davon.',
    end: 'Ausnahme beenden',
    ended: 'Die Ausnahme ist beendet.',
  },
}

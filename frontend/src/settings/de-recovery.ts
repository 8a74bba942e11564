import type { Texts } from './en-recovery'

export const texts: Texts = {
  recovery: {
    title: 'Neues Telefon einrichten',
    text: 'Ihr bisheriges Telefon und Ihre Backup-Codes gelten weiter, bis das neue Telefon einen richtigen Code gegeben hat. Dann gelten sie nicht mehr, und alle anderen Sitzungen enden.',
    ends: 'Diese Sitzung ist nur für die Einrichtung da. Sie endet um',
    setUp: 'Authenticator einrichten',
  },

  notMe: {
    region: 'Hilfe-Code',
    given: (by, when) => `Für Ihr Konto hat ${by} einen Hilfe-Code gegeben (${when}).`,
    used: (by) => `Ein Hilfe-Code für Ihr Konto, gegeben von ${by}, wurde verwendet.`,
    operator: 'der Betreiber',
    means: 'Damit und mit Ihrem Passwort kann jemand ein neues Telefon einrichten.',
    meansUsed:
      'Jemand mit Ihrem Passwort richtet gerade ein neues Telefon ein. Bis das fertig ist, gelten Ihr jetziges Telefon und Ihre Codes.',
    button: 'Das war ich nicht',
    title: 'Sie haben nicht um Hilfe gebeten?',
    text: 'Der Code und alles, was damit begonnen wurde, enden sofort. 24 Stunden lang kann niemand bei diesem Konto helfen, auch Ihnen nicht. Der Helfer und alle Administratoren erfahren davon.',
    confirm: 'Code beenden',
    done: 'Der Hilfe-Code gilt nicht mehr. 24 Stunden lang bekommt niemand Hilfe für dieses Konto.',
    next: 'Wer um den Code gebeten hat, kennt vielleicht Ihr Passwort.',
    change: 'Ändern Sie Ihr Passwort.',
  },
}

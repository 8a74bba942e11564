import type { Texts } from './en-address-code'

export const texts: Texts = {
  confirmTitle: 'Adresse bestätigen',
  confirmLead: 'Geben Sie den Code ein, der verschickt wurde an',
  confirmTime: 'Er gilt 30 Minuten lang und für fünf Versuche.',
  present: 'Bis dahin gehen Hinweise an',
  code: 'Code aus der E-Mail',
  codeHint: '8 Buchstaben und Ziffern',
  codeMalformed: 'Code aus der E-Mail: Geben Sie alle 8 Buchstaben und Ziffern ein. Das zählte nicht als Versuch.',
  confirm: 'Adresse bestätigen',
  again: 'Neuen Code schicken',
  confirmed: 'Die Adresse ist bestätigt. Sicherheitshinweise gehen ab jetzt dorthin.',
}

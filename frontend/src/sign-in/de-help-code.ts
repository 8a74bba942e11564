import type { Texts } from './en-help-code'

export const texts: Texts = {
  title: 'Telefon und Codes verloren',
  lead: 'Jemand, der Sie kennt, kann Ihnen einen Hilfe-Code geben. Damit richten Sie ein neues Telefon ein; Ihr bisheriges Telefon und Ihre Backup-Codes gelten dann nicht mehr.',
  contact: 'Hier bekommen Sie einen:',
  noContact: 'Fragen Sie die Betreiber dieses Servers danach.',
  label: 'Hilfe-Code',
  hint: 'Er gilt einmal und für kurze Zeit: HELP\u2011XXXX\u2011XXXX\u2011XXXX\u2011XXXX',
  submit: 'Weiter',
  back: 'Zurück zur Bestätigung',
  missing: 'Hilfe-Code: Geben Sie den ein, den Sie bekommen haben.',
  malformed: 'Hilfe-Code: Geben Sie HELP und alle 16 Buchstaben und Ziffern danach ein. Das zählte nicht als Versuch.',
}

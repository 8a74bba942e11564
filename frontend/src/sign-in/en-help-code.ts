export const texts = {
  title: 'Lost phone and codes',
  lead: 'Somebody who knows you can give you a help code. With it you set up a new phone; your former phone and backup codes stop working then.',
  contact: 'Ask for one:',
  noContact: 'Ask the people who run this server for one.',
  label: 'Help code',
  hint: 'It works once and for a short time: HELP\u2011XXXX\u2011XXXX\u2011XXXX\u2011XXXX',
  submit: 'Continue',
  back: 'Back to verification',
  missing: 'Help code: enter the one that you were given.',
  malformed: 'Help code: enter HELP and all 16 letters and digits after it. This did not count as a try.',
}

export type Texts = typeof texts

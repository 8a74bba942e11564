export const texts = {
  confirmTitle: 'Confirm the address',
  confirmLead: 'Enter the code that was mailed to',
  confirmTime: 'It is valid for 30 minutes and for five tries.',
  present: 'Until then, notices go to',
  code: 'Code from the mail',
  codeHint: '8 letters and digits',
  codeMalformed: 'Code from the mail: enter all 8 letters and digits. This did not count as a try.',
  confirm: 'Confirm address',
  again: 'Send a new code',
  confirmed: 'The address is confirmed. Security notices go there from now on.',
}

export type Texts = typeof texts

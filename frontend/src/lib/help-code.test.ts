import { expect, test } from 'vitest'
import { beginsLikeHelpCode, helpCodeOf } from './help-code'

const code = 'HELP-7K2M-Q9XA-4TBD-R8WC'

test.each([
  code,
  'help-7k2m-q9xa-4tbd-r8wc',
  'HELP7K2MQ9XA4TBDR8WC',
  ' HELP 7K2M Q9XA 4TBD R8WC ',
  'HELP\u20137K2M\u2011Q9XA\u20144TBD\u2212R8WC',
  'ＨＥＬＰ－７Ｋ２Ｍ－Ｑ９ＸＡ－４ＴＢＤ－Ｒ８ＷＣ',
])('%j is read', (typed) => {
  expect(helpCodeOf(typed)).toBe(code)
})

test('letters that look like digits are read as those', () => {
  expect(helpCodeOf('help-o0il-0000-0000-0000')).toBe('HELP-0011-0000-0000-0000')
  expect(helpCodeOf('HELP-HELP-0000-0000-0000'), 'the code itself begins like that').toBe('HELP-HE1P-0000-0000-0000')
  expect(helpCodeOf('HELP-0000-0000-0000'), 'a part is missing').toBeNull()
})

test.each([
  '',
  'HELP',
  '123456',
  'HELP-7K2M-Q9XA-4TBD-R8W',
  `${code}A`,
  'HELP-7K2M-Q9XA-4TBD-R8WU',
  '7K2M-Q9XA-4TBD-R8WC',
  'HALP-7K2M-Q9XA-4TBD-R8WC',
])('%j is not one', (typed) => {
  expect(helpCodeOf(typed)).toBeNull()
})

test('the beginning of a help code is known from that of others', () => {
  expect(beginsLikeHelpCode('help')).toBe(true)
  expect(beginsLikeHelpCode('Help 7')).toBe(true)
  expect(beginsLikeHelpCode('HEL')).toBe(false)
  expect(beginsLikeHelpCode('7K2M-Q9XA-4TBD-R8WC')).toBe(false)
})

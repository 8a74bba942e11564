import { describe, expect, test } from 'vitest'
import { backupCodeMistake } from './backup-code'

// Made by the server.
const code = 'Q95T-Y1SD-39K3-3H94'

describe('a backup code', () => {
  test.each([
    code,
    'ERF1-39Q0-RG1D-XRRV',
    'HFFD-TJVB-9NDQ-4EH9',
    '7K2M-Q9XA-4TBD-R8WK',
    code.toLowerCase(),
    code.replaceAll('-', ''),
    ` ${code.replaceAll('-', '  ')}\r\n`,
    code.replaceAll('-', '\u00a0'),
    code.replaceAll('-', '\u2011'),
    code.replaceAll('-', '\u2212'),
    code.replaceAll('-', '\u200b'),
    '0123-4567-89AB-CD1S',
    'OI23-4567-89AB-CDLS',
    'oi23-4567-89ab-cdls',
    `1.  ${code}`,
    `3.\u00a0${code}`,
    `\u00a03.\u00a0 ${code}`,
    `\u200f３．\u3000${code}`,
    `10. ${code}`,
    ` ☐ 7) ${code}\r\n`,
    `[ ] 3. ${code}`,
    'Ｑ９５Ｔ－ｙ１ｓｄ－３９Ｋ３－３Ｈ９４',
    code.replaceAll('9', '٩'),
  ])('is %j', (input) => {
    expect(backupCodeMistake(input)).toBeUndefined()
  })

  test.each([
    '',
    '123456',
    code.slice(0, -1),
    `${code}0`,
    `U${code.slice(1)}`,
    code.replace('-', '_'),
    `\u212a${code.slice(1)}`,
    `\uff17${code}`,
    `123. ${code}`,
    `1.${code}`,
    `👩${code.slice(1)}`,
  ])('is not %j, which has not its form', (input) => {
    expect(backupCodeMistake(input)).toBe('form')
  })

  test('with any one wrong symbol is a typing error', () => {
    const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
    for (const [at, right] of [...code].entries()) {
      if (right === '-') continue
      for (const wrong of symbols.replace(right, '')) {
        expect(backupCodeMistake(code.slice(0, at) + wrong + code.slice(at + 1))).toBe('typing')
      }
    }
  })

  test('with neighbours exchanged is a typing error', () => {
    const plain = code.replaceAll('-', '')
    for (let at = 0; at < 15; at++) {
      const [one, two] = [plain[at], plain[at + 1]]
      if (one === two) continue
      expect(backupCodeMistake(plain.slice(0, at) + two + one + plain.slice(at + 2))).toBe('typing')
    }
  })
})

import { expect, test } from 'vitest'
import { contactLink } from './contact'

test.each([
  ['help@example.com', 'mailto:help@example.com'],
  ['https://help.example.com/two-factor', 'https://help.example.com/two-factor'],
  ['+43 1 234 56-78', 'tel:+4312345678'],
  ['Room 12, ask for Jonas', null],
  ['javascript:alert(1)', null],
  ['http://help.example.com', null],
  ['', null],
])('the contact %j leads to %j', (contact, link) => {
  expect(contactLink(contact)).toBe(link)
})

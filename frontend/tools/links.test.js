import { expect, test } from 'vitest'
import { brokenLinks, requirementFaults } from './links.js'

const files = {
  'docs/guide.md': '# Guide\n\n## Back up, and restore\n\n```\n# No heading\n```\n\n## Keys\n\n## Keys\n',
  'docs/page.md': '',
  'totp/totp_test.go': 'package totp\n\nfunc TestMatch(t *testing.T) {\n\tt.Run("two steps", nil)\n}\n',
  'e2e/move.spec.ts':
    "test('it\\'s done', async () => {})\ntest.skip('skipped', () => {})\ntest.each([\n  1,\n])('each %s', () => {})\n  test(\n    `%j wraps`,\n",
}

const check = (link) => brokenLinks(Object.keys(files), (path) => (path === 'docs/page.md' ? link : files[path]))

test.each([
  '[the guide](guide.md)',
  '[wrapped\ntext](guide.md#guide)',
  '[a heading](guide.md#back-up-and-restore)',
  '[the second of two](guide.md#keys-1)',
  '# Here\n\n[this page](#here)',
  '[a folder](../e2e)',
  '[a folder](../e2e/)',
  '[another site](https://example.org/none.md#none)',
  '[TestMatch](../totp/totp_test.go)',
  '[TestMatch/two steps](../totp/totp_test.go)',
  '["it\'s done"](../e2e/move.spec.ts)',
  '["each %s"](../e2e/move.spec.ts)',
  '[“%j wraps”](../e2e/move.spec.ts)',
  '`[code](none.md)`',
  '```\n[code](none.md)\n```\n',
])('%j is right', (link) => {
  expect(check(link)).toEqual([])
})

test.each([
  ['[no file](none.md)', 'docs/page.md:1: there is no file docs/none.md'],
  ['two\n\n![no picture](none.png)', 'docs/page.md:3: there is no file docs/none.png'],
  ['[outside](../../guide.md)', 'docs/page.md:1: there is no file ../guide.md'],
  ['[from the root](/docs/guide.md)', 'docs/page.md:1: there is no file docs/docs/guide.md'],
  ['[no heading](guide.md#none)', 'docs/page.md:1: docs/guide.md has no heading #none'],
  ['[code is no heading](guide.md#no-heading)', 'docs/page.md:1: docs/guide.md has no heading #no-heading'],
  ['[not here](#guide)', 'docs/page.md:1: docs/page.md has no heading #guide'],
  ['[TestMatc](../totp/totp_test.go)', 'docs/page.md:1: totp/totp_test.go has no test TestMatc'],
  ['[TestMatch/one step](../totp/totp_test.go)', 'docs/page.md:1: totp/totp_test.go has no test TestMatch/one step'],
  ['["it is done"](../e2e/move.spec.ts)', 'docs/page.md:1: e2e/move.spec.ts has no test "it is done"'],
  ['["skipped"](../e2e/move.spec.ts)', 'docs/page.md:1: e2e/move.spec.ts has no test "skipped"'],
])('%j is broken', (link, reason) => {
  expect(check(link)).toEqual([reason])
})

test('every broken link is told', () => {
  expect(check('[one](1.md) [right](guide.md) [two](2.md)')).toHaveLength(2)
})

const line = (id, shown = '[TestMatch](x_test.go)') => `| ${id} | MUST | what it asks for | ${shown} |`
const counts = { A: 17, B: 15, C: 14, D: 17, E: 13, F: 15, G: 21, H: 14, I: 17, J: 7, K: 7 }
const all = Object.entries(counts).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => line(`${letter}${index + 1}`)),
)

test('a complete page has no fault', () => {
  expect(all).toHaveLength(157)
  expect(requirementFaults(all.join('\n'))).toEqual([])
})

test.each([
  ['a missing line', all.slice(1), 'there is no line A1'],
  ['a line twice', [...all, line('K7')], 'there is more than one line K7'],
  ['a line too many', [...all, line('K8')], 'K8 is no requirement'],
  ['a line without a test', [...all.slice(1), line('A1', 'it holds')], 'A1 names no test and no deviation'],
])('%s is told', (_, lines, reason) => {
  expect(requirementFaults(lines.join('\n'))).toEqual([reason])
})

import { expect, test } from 'vitest'

interface Module {
  texts: object
}
const english = import.meta.glob<Module>(['./*/en.ts', './*/en-*.ts'], { eager: true })
const german = import.meta.glob<Module>(['./*/de.ts', './*/de-*.ts'], { eager: true })

/** All texts below an object; those with facts as they are written. */
const all = (texts: object): string[] =>
  Object.values(texts).flatMap((value) =>
    typeof value === 'string' ? [value] : typeof value === 'function' ? [value.toString()] : all(value),
  )

test('each English file of texts has a German one', () => {
  const names = Object.keys(english)
  expect(names.length).toBeGreaterThan(5)
  expect(Object.keys(german)).toEqual(names.map((name) => name.replace('/en', '/de')))
})

test.each(Object.keys(english))('no text of %s is left in English', (path) => {
  const translated = all(german[path.replace('/en', '/de')]?.texts ?? {})
  const same = all(english[path]?.texts ?? {}).filter((text) => translated.includes(text))
  expect(same.filter((text) => text.includes(' '))).toEqual([])
})

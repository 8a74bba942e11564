import { posix } from 'node:path'
import { expect, test } from 'vitest'

const sources = import.meta.glob<string>('./*/**/*.{ts,svelte}', { eager: true, query: '?raw', import: 'default' })

/** What each folder may import besides itself. Areas know nothing of each other. */
const below: Record<string, string[]> = {
  app: ['sign-in', 'settings', 'admin', 'ui', 'lib', 'styles'],
  'sign-in': ['ui', 'lib'],
  settings: ['ui', 'lib'],
  admin: ['ui', 'lib'],
  ui: ['lib'],
  lib: [],
}

const specifiers = (source: string) =>
  [...source.matchAll(/(?:\bfrom|\bimport\(?)\s*'(\.[^']*)'/g)].map(([, path]) => path as string)
const folderOf = (path: string) => path.split('/')[0] as string

test('every folder with code has its place', () => {
  const folders = new Set(Object.keys(sources).map((path) => folderOf(path.slice(2))))
  expect([...folders].sort()).toEqual(Object.keys(below).sort())
})

test('imports lead from app over the areas to ui and lib, never back or across', () => {
  let seen = 0
  const wrong: string[] = []
  for (const [path, source] of Object.entries(sources)) {
    const file = path.slice(2)
    for (const specifier of specifiers(source)) {
      const [from, to] = [folderOf(file), folderOf(posix.join(posix.dirname(file), specifier))]
      seen++
      if (from !== to && !below[from]?.includes(to)) wrong.push(`${file} imports ${specifier}`)
    }
  }
  expect(wrong).toEqual([])
  expect(seen).toBeGreaterThan(300)
})

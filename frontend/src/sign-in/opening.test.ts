import { expect, test } from 'vitest'
import { targetOf } from '../lib/target'
import { destination, requestOf } from './opening'

const state = 'tXkVd3n0pQ-_aZ4LwYc8r1SgUe7BhJ2mFo5iNqKxC9E'
const asked = { app: 'https://files.example', to: '/report/7?x=1&y=%2F+ä', state }

test('the server is asked for what the address says', () => {
  const at = (query: Record<string, string>) => requestOf(targetOf(`/open?${new URLSearchParams(query)}`))
  expect(at(asked)).toEqual({ ...asked, again: false })
  expect(at({ ...asked, again: '1' })).toEqual({ ...asked, again: true })
  expect(at({ ...asked, state: '' })).toBeNull()
  expect(requestOf('/')).toBeNull()
})

test.each([
  ['https://files.example', 'https://files.example/.imagemaster/done?ticket=x&to=%2F'],
  ['http://localhost:8081', 'http://localhost:8081/.imagemaster/done?ticket=x'],
])('a page of %s is opened', (address, url) => {
  expect(destination({ address, url })).toBe(url)
})

test.each([
  ['https://files.example', ''],
  ['https://files.example', '/.imagemaster/done'],
  ['https://files.example', 'https://evil.example/.imagemaster/done'],
  ['https://files.example', 'https://files.example.evil.example/'],
  ['https://files.example', 'https://files.example@evil.example/'],
  ['https://files.example', 'https://files.example:8443/'],
  ['https://files.example', 'http://files.example/'],
  ['https://files.example', 'blob:https://files.example/x'],
  ['https://files.example/', 'https://files.example/'],
  ['null', 'javascript:alert(1)'],
  ['null', 'data:text/html,x'],
  ['ftp://files.example', 'ftp://files.example/'],
  ['', 'https://files.example/'],
])('for %j nothing leads to %j', (address, url) => {
  expect(destination({ address, url })).toBeNull()
})

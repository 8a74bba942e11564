import { expect, test } from 'vitest'
import { requiredPage } from '../lib/navigation'
import { detour } from './guard'

const anonymous = { state: 'anonymous', next: 'done' } as const
const pending = { state: 'pending', next: 'done' } as const
const signedIn = { state: 'signed_in', next: 'done' } as const
const mustSetUp = { state: 'signed_in', next: 'set_up' } as const
const mustChange = { state: 'signed_in', next: 'change_password' } as const

test('signed out: a page of the settings leads to Sign in and is remembered', () => {
  expect(detour(anonymous, '/two-factor', null)).toEqual({ to: '/sign-in', next: '/two-factor' })
  expect(detour(anonymous, '/', null)).toEqual({ to: '/sign-in' })
  expect(detour(anonymous, '/sign-in', null)).toBeNull()
})

test('a page is found however its path is written', () => {
  expect(detour(anonymous, '/Two-Factor/', null)).toEqual({ to: '/sign-in', next: '/two-factor' })
})

test('a code is owed: only Verification opens, and the page asked for stays remembered', () => {
  expect(detour(pending, '/verify', null)).toBeNull()
  expect(detour(pending, '/sign-in', '/password')).toEqual({ to: '/verify', next: '/password' })
  expect(detour(pending, '/two-factor', null)).toEqual({ to: '/verify', next: '/two-factor' })
  expect(detour(anonymous, '/verify', '/password')).toEqual({ to: '/sign-in', next: '/password' })
})

test('signed in: Sign in leads to the page asked for, never off the site', () => {
  expect(detour(signedIn, '/sign-in', '/two-factor')).toEqual({ to: '/two-factor' })
  expect(detour(signedIn, '/verify', null)).toEqual({ to: '/' })
  expect(detour(signedIn, '/sign-in', '//evil.example/')).toEqual({ to: '/' })
  expect(detour(signedIn, '/two-factor', null)).toBeNull()
})

test('while something is required first, only its page opens', () => {
  expect(detour(mustSetUp, '/', null)).toEqual({ to: '/two-factor' })
  expect(detour(mustSetUp, '/two-factor', null)).toBeNull()
  expect(detour(mustChange, '/two-factor', null)).toEqual({ to: '/password' })
  expect(detour(mustChange, '/sign-in', '/two-factor')).toEqual({ to: '/password' })
  expect(['done', 'set_up', 'change_password'].map((next) => requiredPage(next as 'done'))).toEqual([
    null,
    '/two-factor',
    '/password',
  ])
})

test('a help code is entered while a code is owed, and at no other time', () => {
  expect(detour(pending, '/help-code', '/password')).toBeNull()
  expect(detour(anonymous, '/help-code', '/password')).toEqual({ to: '/sign-in', next: '/password' })
  expect(detour(signedIn, '/help-code', '/password')).toEqual({ to: '/password' })
  expect(detour(mustSetUp, '/help-code', '/password')).toEqual({ to: '/two-factor' })
})

test('a reminder comes between the sign-in and the page asked for, and at no other time', () => {
  const reminding = { ...signedIn, reminding: true }
  expect(detour(reminding, '/sign-in', '/password')).toEqual({ to: '/reminder', next: '/password' })
  expect(detour(reminding, '/sign-in', null)).toEqual({ to: '/reminder' })
  expect(detour(reminding, '/reminder', '/password')).toBeNull()
  expect(detour(reminding, '/password', null)).toBeNull()
  expect(detour({ ...mustSetUp, reminding: true }, '/sign-in', null)).toEqual({ to: '/two-factor' })
  expect(detour(signedIn, '/reminder', '/password')).toEqual({ to: '/password' })
  expect(detour(pending, '/reminder', '/password')).toEqual({ to: '/verify', next: '/password' })
})

test('first start, links and unknown pages open to everybody', () => {
  for (const place of [anonymous, pending, signedIn, mustSetUp]) {
    expect(detour(place, '/setup', null)).toBeNull()
    expect(detour(place, '/welcome', null)).toBeNull()
    expect(detour(place, '/no/such/page', null)).toBeNull()
  }
})

const query = '?app=https%3A%2F%2Ffiles.example&to=%2Freport%3Fx%3D1&state=tXkVd3n0pQ-_aZ4LwYc8r1SgUe7BhJ2mFo5iNqKxC9E'
const open = `/open${query}`

test('an application is remembered with its query until nothing is required any more', () => {
  expect(detour(anonymous, '/open', null, query)).toEqual({ to: '/sign-in', next: open })
  expect(detour(anonymous, '/Open/', null, query)).toEqual({ to: '/sign-in', next: open })
  expect(detour(pending, '/open', null, query)).toEqual({ to: '/verify', next: open })
  expect(detour(pending, '/sign-in', open)).toEqual({ to: '/verify', next: open })
  expect(detour(signedIn, '/open', null, query)).toBeNull()
  expect(detour(signedIn, '/verify', open)).toEqual({ to: open })
  expect(detour(mustSetUp, '/open', null, query)).toEqual({ to: '/two-factor', next: open })
  expect(detour(mustSetUp, '/sign-in', open)).toEqual({ to: '/two-factor', next: open })
  expect(detour(mustSetUp, '/two-factor', open)).toBeNull()
  expect(detour(mustChange, '/two-factor', open)).toEqual({ to: '/password', next: open })
  expect(detour(signedIn, '/two-factor', open)).toBeNull()
  expect(detour(anonymous, '/two-factor', open)).toEqual({ to: '/sign-in', next: open })
})

test('a query that is broken opens the page itself, which says so, and is remembered nowhere', () => {
  for (const broken of [
    '',
    '?',
    '?app=https://files.example',
    query.replace('https', 'javascript'),
    query.slice(0, -1),
  ]) {
    expect(detour(anonymous, '/open', null, broken), broken).toBeNull()
    expect(detour(mustSetUp, '/open', null, broken), broken).toBeNull()
    expect(detour(signedIn, '/sign-in', `/open${broken}`), broken).toEqual({ to: '/' })
    expect(detour(mustSetUp, '/sign-in', `/open${broken}`), broken).toEqual({ to: '/two-factor' })
  }
  expect(detour(signedIn, '/sign-in', `//evil.example${open}`)).toEqual({ to: '/' })
  expect(detour(signedIn, '/sign-in', `https://evil.example${open}`)).toEqual({ to: '/' })
})

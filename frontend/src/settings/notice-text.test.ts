import { expect, test } from 'vitest'
import { texts as german } from './de'
import { texts as english } from './en'
import { isByOther, noticeText } from './notice-text'

const notice = { kind: 'role_changed', actor: '', subject: '', detail: 'helper' }

test('a notice names who acted, or the operator', () => {
  expect(noticeText(notice, english.notices)).toBe('The operator changed your role. It is now: helper.')
  expect(noticeText({ ...notice, actor: 'anna' }, english.notices)).toBe('anna changed your role. It is now: helper.')
  expect(noticeText({ ...notice, actor: 'anna' }, german.notices)).toBe(
    'anna hat Ihre Rolle geändert. Sie ist jetzt: Helfer.',
  )
})

test('a name that looks like a word of the texts stays as it is', () => {
  const renamed = { kind: 'renamed', actor: 'anna', subject: '', detail: 'helper' }
  expect(noticeText(renamed, german.notices)).toBe('anna hat Ihren Benutzernamen geändert. Er ist jetzt helper.')
  expect(noticeText({ ...renamed, actor: '{detail}' }, english.notices)).toBe(
    '{detail} changed your user name. It is now helper.',
  )
})

test('a change of an application names who made it and the application', () => {
  const added = { kind: 'application_added', actor: 'anna', subject: '', detail: 'administrator' }
  expect(noticeText(added, english.notices)).toBe('anna added the application administrator.')
  expect(noticeText({ ...added, kind: 'application_deleted', actor: '' }, german.notices)).toBe(
    'Der Betreiber hat die Anwendung administrator gelöscht.',
  )
  expect(isByOther(added)).toBe(true)
})

test('an address that was taken away is said in words', () => {
  const changed = { kind: 'email_changed', actor: 'anna', subject: '', detail: '' }
  expect(noticeText(changed, english.notices)).toBe(
    'anna changed your e-mail address. Applications now see no address.',
  )
})

test('a policy names its audience, and its groups as they are', () => {
  const added = { kind: 'policy_added', actor: 'anna', subject: '', detail: 'staff' }
  expect(noticeText(added, english.notices)).toBe(
    'anna added a policy that asks for a second factor. For: helpers and administrators.',
  )
  expect(noticeText({ ...added, detail: 'finance, support' }, german.notices)).toContain('Für: finance, support.')
  expect(isByOther(added)).toBe(true)
})

test('a help code that was refused names who it was for and who gave it', () => {
  const refused = { kind: 'help_refused', actor: '', subject: 'otto', detail: 'staff' }
  expect(noticeText(refused, english.notices)).toMatch(/^otto said “Not me” about a help code from staff\./)
  expect(noticeText({ ...refused, detail: '' }, english.notices)).toContain('from The operator.')
})

test('a key is named with its kind', () => {
  const added = { kind: 'passkey_added', actor: '', subject: '', detail: 'hardware_key:Blue: at home' }
  expect(noticeText(added, english.notices)).toBe('The hardware key “Blue: at home” was added to your account.')
  expect(noticeText({ ...added, kind: 'passkey_removed', detail: 'passkey:Vault' }, german.notices)).toBe(
    'Der Passkey „Vault“ wurde aus Ihrem Konto entfernt.',
  )
  expect(noticeText({ ...added, detail: 'hardware_key:' }, english.notices)).toBe(
    'A hardware key was added to your account.',
  )
  for (const detail of ['', 'constructor:x', 'helper']) {
    expect(noticeText({ ...added, detail }, english.notices)).toBe('A passkey was added to your account.')
  }
  expect(isByOther(added)).toBe(false)
})

test('no placeholder is left in any text', () => {
  for (const texts of [english.notices, german.notices]) {
    for (const kind of Object.keys(texts.kinds)) {
      expect(noticeText({ kind, actor: 'anna', subject: 'otto', detail: 'x' }, texts)).not.toMatch(/[{}]/)
    }
  }
})

test('a kind that is newer than this page is a change of a setting', () => {
  expect(noticeText({ ...notice, kind: 'constructor' }, english.notices)).toBe(
    'A security setting of your account was changed.',
  )
})

test('what somebody else did is told from what the person did', () => {
  expect(isByOther(notice)).toBe(true)
  expect(isByOther({ ...notice, kind: 'role_of_other', subject: 'otto' })).toBe(true)
  expect(isByOther({ ...notice, kind: 'password_changed', detail: '' })).toBe(false)
  expect(isByOther({ ...notice, kind: 'password_link_used', detail: '' })).toBe(false)
})

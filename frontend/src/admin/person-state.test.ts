import { expect, test } from 'vitest'
import { texts as german } from './de'
import { texts as english } from './en'
import { factorLabel } from './person-state'

test('the second factors are named in short, with what is wrong', () => {
  expect(factorLabel({ second_factor: 'none', factor_kinds: [] }, english)).toBe('None')
  expect(factorLabel({ second_factor: 'enabled', factor_kinds: ['app'] }, english)).toBe('App')
  expect(factorLabel({ second_factor: 'enabled', factor_kinds: ['passkey', 'hardware_key'] }, english)).toBe(
    'Passkey, hardware key',
  )
  expect(factorLabel({ second_factor: 'paused', factor_kinds: ['app', 'passkey'] }, english)).toBe(
    'App, passkey, paused',
  )
  expect(factorLabel({ second_factor: 'elsewhere', factor_kinds: ['hardware_key'] }, german)).toBe(
    'Hardware-Schlüssel, alte Adresse',
  )
})

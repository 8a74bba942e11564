// Vitest runs without a browser: what a browser does is made here.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from './api'
import { keysSupported, makeKey, useKey } from './webauthn'

/** What the server sends, in base64url. The bytes have both letters in which it differs from base64. */
const challenge = '-_-_-_8'
const challengeBytes = [251, 255, 191, 251, 255]
const bytesOf = (...numbers: number[]) => Uint8Array.from(numbers).buffer

const creation = JSON.stringify({
  rp: { id: 'example.org', name: 'Example' },
  user: { id: 'AQID', name: 'ada', displayName: 'ada' },
  challenge,
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  timeout: 300_000,
  excludeCredentials: [{ type: 'public-key', id: '_w', transports: ['usb'] }],
})
const request = JSON.stringify({
  challenge,
  rpId: 'example.org',
  timeout: 300_000,
  allowCredentials: [{ type: 'public-key', id: '-_8', transports: ['internal'] }],
})

class Made {
  id = '-_8'
  rawId = bytesOf(251, 255)
  type = 'public-key'
  authenticatorAttachment = 'platform'
  response: object
  constructor(response: object) {
    this.response = response
  }
}

const attestation = {
  clientDataJSON: bytesOf(123, 125),
  attestationObject: bytesOf(255, 254, 253),
  getTransports: () => ['internal', 'hybrid'],
}
const assertion = {
  clientDataJSON: bytesOf(123, 125),
  authenticatorData: bytesOf(0, 1, 2, 3),
  signature: bytesOf(255, 255, 254),
  userHandle: bytesOf(1, 2, 3),
}

const create = vi.fn()
const get = vi.fn()

beforeEach(() => {
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('PublicKeyCredential', Made)
  vi.stubGlobal('navigator', { credentials: { create, get } })
  create.mockResolvedValue(new Made(attestation))
  get.mockResolvedValue(new Made(assertion))
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.resetAllMocks()
})

/** The code of the failure of an action, which has to fail. */
async function failureOf(action: Promise<unknown>) {
  const failure = await action.then(
    () => 'none',
    (error: unknown) => error,
  )
  return failure instanceof ApiError ? failure.code : failure
}

test('a browser that cannot use keys is asked nothing', async () => {
  expect(keysSupported()).toBe(true)
  vi.stubGlobal('PublicKeyCredential', undefined)
  expect(keysSupported()).toBe(false)
  expect(await failureOf(useKey(request))).toBe('key_unsupported')
  vi.stubGlobal('PublicKeyCredential', Made)
  vi.stubGlobal('navigator', {})
  expect(keysSupported()).toBe(false)
  expect(await failureOf(makeKey(creation))).toBe('key_unsupported')
  vi.stubGlobal('navigator', { credentials: { create, get } })
  vi.stubGlobal('isSecureContext', false)
  expect(keysSupported()).toBe(false)
  expect(await failureOf(useKey(request))).toBe('key_insecure')
  expect([create.mock.calls, get.mock.calls]).toEqual([[], []])
})

test('an older browser gets bytes in place of base64url', async () => {
  await makeKey(creation)
  const { publicKey: made } = create.mock.lastCall?.[0] ?? {}
  expect([...made.challenge]).toEqual(challengeBytes)
  expect([...made.user.id]).toEqual([1, 2, 3])
  expect(made.excludeCredentials).toEqual([{ type: 'public-key', id: Uint8Array.of(255), transports: ['usb'] }])
  expect(made).toMatchObject({
    rp: { id: 'example.org', name: 'Example' },
    user: { name: 'ada', displayName: 'ada' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    timeout: 300_000,
  })

  await useKey(request)
  const { publicKey: used } = get.mock.lastCall?.[0] ?? {}
  expect([...used.challenge]).toEqual(challengeBytes)
  expect(used.allowCredentials).toEqual([{ type: 'public-key', id: Uint8Array.of(251, 255), transports: ['internal'] }])
  expect(used).toMatchObject({ rpId: 'example.org', timeout: 300_000 })
})

test('options without a list of keys have an empty one', async () => {
  await useKey(JSON.stringify({ challenge, rpId: 'example.org' }))
  expect(get.mock.lastCall?.[0].publicKey.allowCredentials).toEqual([])
  await makeKey(JSON.stringify({ challenge, user: { id: 'AQID' } }))
  expect(create.mock.lastCall?.[0].publicKey.excludeCredentials).toEqual([])
})

test('the answer of an older browser is written in base64url without padding', async () => {
  const common = {
    id: '-_8',
    rawId: '-_8',
    type: 'public-key',
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
  }
  expect(JSON.parse(await makeKey(creation))).toEqual({
    ...common,
    response: { clientDataJSON: 'e30', attestationObject: '__79', transports: ['internal', 'hybrid'] },
  })
  expect(JSON.parse(await useKey(request))).toEqual({
    ...common,
    response: { clientDataJSON: 'e30', authenticatorData: 'AAECAw', signature: '___-', userHandle: 'AQID' },
  })
})

test('what an old key does not say is left out', async () => {
  get.mockResolvedValue(new Made({ ...assertion, userHandle: null }))
  expect(JSON.parse(await useKey(request)).response).not.toHaveProperty('userHandle')
  create.mockResolvedValue(new Made({ ...attestation, getTransports: undefined }))
  expect(JSON.parse(await makeKey(creation)).response.transports).toEqual([])
})

test('a browser that reads and writes JSON is given and gives just that', async () => {
  const parsed = { challenge: 'parsed by the browser' }
  const parse = vi.fn(() => parsed)
  class Modern extends Made {
    static parseCreationOptionsFromJSON = parse
    static parseRequestOptionsFromJSON = parse
    toJSON = () => ({ written: 'by the browser' })
  }
  vi.stubGlobal('PublicKeyCredential', Modern)
  create.mockResolvedValue(new Modern(attestation))
  get.mockResolvedValue(new Modern(assertion))
  expect(await makeKey(creation)).toBe('{"written":"by the browser"}')
  expect(await useKey(request)).toBe('{"written":"by the browser"}')
  expect(create.mock.lastCall?.[0]).toEqual({ publicKey: parsed })
  expect(get.mock.lastCall?.[0]).toEqual({ publicKey: parsed })
  expect(parse.mock.calls).toEqual([[JSON.parse(creation)], [JSON.parse(request)]])
})

test.each([
  ['NotAllowedError', 'key_cancelled'],
  ['AbortError', 'key_cancelled'],
  ['OperationError', 'key_cancelled'],
  ['InvalidStateError', 'key_exists'],
  ['SecurityError', 'key_insecure'],
  ['NotSupportedError', 'key_unsupported'],
  ['ConstraintError', 'key_unsupported'],
])('%s means %s', async (name, code) => {
  create.mockRejectedValue(new DOMException('words of a browser', name))
  get.mockRejectedValue(new DOMException('words of a browser', name))
  expect(await failureOf(makeKey(creation))).toBe(code)
  expect(await failureOf(useKey(request))).toBe(code)
})

test('a dialog that gives nothing, or something else, was cancelled', async () => {
  get.mockResolvedValue(null)
  expect(await failureOf(useKey(request))).toBe('key_cancelled')
  get.mockResolvedValue({ type: 'password' })
  expect(await failureOf(useKey(request))).toBe('key_cancelled')
})

test('a refusal after the time of the options took too long', async () => {
  const now = vi.spyOn(performance, 'now')
  for (const [after, code] of [
    [299_999, 'key_cancelled'],
    [300_000, 'key_timeout'],
  ] as const) {
    now.mockReturnValueOnce(1000).mockReturnValueOnce(1000 + after)
    get.mockRejectedValue(new DOMException('', 'NotAllowedError'))
    expect(await failureOf(useKey(request))).toBe(code)
  }
  now.mockReturnValueOnce(0).mockReturnValueOnce(10_000_000)
  expect(await failureOf(useKey(JSON.stringify({ challenge }))), 'without a limit').toBe('key_cancelled')
  now.mockRestore()
})

test('a signal closes the dialog, and its reason is thrown', async () => {
  for (const [dialog, run] of [
    [get, (signal: AbortSignal) => useKey(request, signal)],
    [create, (signal: AbortSignal) => makeKey(creation, signal)],
  ] as const) {
    const stop = new AbortController()
    const reason = new Error('another way')
    dialog.mockImplementation(({ signal }: { signal: AbortSignal }) => {
      expect(signal).toBe(stop.signal)
      stop.abort(reason)
      return Promise.reject(new DOMException('', 'AbortError'))
    })
    expect(await failureOf(run(stop.signal))).toBe(reason)
  }
})

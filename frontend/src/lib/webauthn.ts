// Passkeys and hardware keys in the browser (W3C Web Authentication Level 3).
import { ApiError, type Code } from './api'

/** True if the browser can use passkeys and hardware keys on this page. */
export const keysSupported = (): boolean =>
  typeof PublicKeyCredential === 'function' && Boolean(navigator.credentials) && isSecureContext

/**
 * Lets the person make a key. options are those of the server; so is the answer. A signal
 * closes the dialog of the browser; then its reason is thrown.
 */
export const makeKey = (options: string, signal?: AbortSignal) =>
  perform<PublicKeyCredentialCreationOptionsJSON>(
    options,
    (parsed) =>
      navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON?.(parsed) ?? creation(parsed),
        ...(signal && { signal }),
      }),
    signal,
  )

/** Lets the person use a key, in the same way. */
export const useKey = (options: string, signal?: AbortSignal) =>
  perform<PublicKeyCredentialRequestOptionsJSON>(
    options,
    (parsed) =>
      navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON?.(parsed) ?? request(parsed),
        ...(signal && { signal }),
      }),
    signal,
  )

async function perform<T extends { timeout?: number }>(
  options: string,
  ceremony: (parsed: T) => Promise<Credential | null>,
  signal?: AbortSignal,
) {
  if (!keysSupported()) throw fail(isSecureContext ? 'key_unsupported' : 'key_insecure')
  const parsed: T = JSON.parse(options)
  const began = performance.now()
  try {
    const made = await ceremony(parsed)
    if (!(made instanceof PublicKeyCredential)) throw fail('key_cancelled')
    return JSON.stringify(answerOf(made))
  } catch (error) {
    if (error instanceof ApiError) throw error
    // Older browsers give an error of their own instead of the reason.
    signal?.throwIfAborted()
    throw fail(meaning(error, performance.now() - began >= (parsed.timeout ?? Number.POSITIVE_INFINITY)))
  }
}

const fail = (code: Code) => new ApiError({ code })

/** Browsers give one error for a dialog that was cancelled, for none that fits, and for one that took too long. */
function meaning(error: unknown, late: boolean): Code {
  switch (error instanceof Error ? error.name : '') {
    case 'InvalidStateError':
      return 'key_exists'
    case 'SecurityError':
      return 'key_insecure'
    case 'NotSupportedError':
    case 'ConstraintError':
      return 'key_unsupported'
  }
  return late ? 'key_timeout' : 'key_cancelled'
}

// Browsers of before 2025 read and write no JSON.

const bytes = (text: string) =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))

const text = (buffer: ArrayBuffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')

const ids = (list: PublicKeyCredentialDescriptorJSON[] = []) => list.map((item) => ({ ...item, id: bytes(item.id) }))

const creation = (parsed: PublicKeyCredentialCreationOptionsJSON) =>
  ({
    ...parsed,
    challenge: bytes(parsed.challenge),
    user: { ...parsed.user, id: bytes(parsed.user.id) },
    excludeCredentials: ids(parsed.excludeCredentials),
  }) as unknown as PublicKeyCredentialCreationOptions

const request = (parsed: PublicKeyCredentialRequestOptionsJSON) =>
  ({
    ...parsed,
    challenge: bytes(parsed.challenge),
    allowCredentials: ids(parsed.allowCredentials),
  }) as unknown as PublicKeyCredentialRequestOptions

function answerOf(made: PublicKeyCredential): unknown {
  if ('toJSON' in made) return made.toJSON()
  const { id, rawId, type, authenticatorAttachment, response } = made as PublicKeyCredential
  const parts = response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse
  const common = { id, rawId: text(rawId), type, authenticatorAttachment, clientExtensionResults: {} }
  const clientDataJSON = text(parts.clientDataJSON)
  if (parts.attestationObject) {
    const transports = parts.getTransports?.() ?? []
    return { ...common, response: { clientDataJSON, attestationObject: text(parts.attestationObject), transports } }
  }
  return {
    ...common,
    response: {
      clientDataJSON,
      authenticatorData: text(parts.authenticatorData),
      signature: text(parts.signature),
      ...(parts.userHandle && { userHandle: text(parts.userHandle) }),
    },
  }
}

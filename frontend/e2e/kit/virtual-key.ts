// A passkey or hardware key: Chromium's virtual authenticator, which signs by itself.
import type { CDPSession, Page } from '@playwright/test'
import { Api } from './api'

export type KeyKind = 'passkey' | 'hardware_key'

/** What a key may do wrongly. */
export interface Faults {
  isBogusSignature?: boolean
  isBadUV?: boolean
  isBadUP?: boolean
}

const looks = {
  passkey: { transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
  hardware_key: { transport: 'usb', hasResidentKey: false, hasUserVerification: false },
} as const

export class VirtualKey {
  private readonly cdp: CDPSession
  private readonly authenticatorId: string

  private constructor(cdp: CDPSession, authenticatorId: string) {
    this.cdp = cdp
    this.authenticatorId = authenticatorId
  }

  /** Connects a key to a tab. It stays there when another page is opened. */
  static async in(page: Page, kind: KeyKind) {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('WebAuthn.enable', { enableUI: false })
    const options = { protocol: 'ctap2', ...looks[kind], automaticPresenceSimulation: true } as const
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options })
    return new VirtualKey(cdp, authenticatorId)
  }

  /** Adds the key to the account that is signed in on the page. Both factors were given lately. */
  async addTo(page: Page, kind: KeyKind, url = '') {
    const api = await Api.in(page, url)
    const { options } = await api.send('POST', '/api/two-factor/keys/make', { kind })
    const answer = await page.evaluate(async (text) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(text))
      const made = await navigator.credentials.create({ publicKey })
      return JSON.stringify(made)
    }, options)
    await api.send('POST', '/api/two-factor/keys', { answer })
  }

  /** Is it touched when it asks for that? If not, the browser's dialog stays open. */
  async touch(enabled: boolean) {
    await this.cdp.send('WebAuthn.setAutomaticPresenceSimulation', { ...this.id, enabled })
  }

  /** Are the PIN, the finger or the face right? */
  async verify(isUserVerified: boolean) {
    await this.cdp.send('WebAuthn.setUserVerified', { ...this.id, isUserVerified })
  }

  async answerWith(faults: Faults) {
    const none = { isBogusSignature: false, isBadUV: false, isBadUP: false }
    await this.cdp.send('WebAuthn.setResponseOverrideBits', { ...this.id, ...none, ...faults })
  }

  /** A password manager begins to copy the passkey to other devices. */
  async becomeCopied() {
    for (const { credentialId } of await this.credentials()) {
      await this.cdp.send('WebAuthn.setCredentialProperties', { ...this.id, credentialId, backupEligibility: true })
    }
  }

  /** Connects a copy to another tab, which counts its signatures by itself. */
  async copyTo(page: Page, kind: KeyKind, signCount?: number) {
    const copy = await VirtualKey.in(page, kind)
    for (const credential of await this.credentials()) {
      const counted = { ...credential, ...(signCount !== undefined && { signCount }) }
      await copy.cdp.send('WebAuthn.addCredential', { ...copy.id, credential: counted })
    }
    return copy
  }

  /** It is lost. */
  async remove() {
    await this.cdp.send('WebAuthn.removeVirtualAuthenticator', this.id)
  }

  async credentials() {
    return (await this.cdp.send('WebAuthn.getCredentials', this.id)).credentials
  }

  private get id() {
    return { authenticatorId: this.authenticatorId }
  }
}

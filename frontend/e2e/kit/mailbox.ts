// A mail server on this machine that keeps the mails it gets. Its SMTP process
// is the one that the Go tests use as well.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface, type Interface } from 'node:readline'

const server = join(resolve(import.meta.dirname, '../../..'), 'backend', 'testmail', 'server.js')

interface Mail {
  to: string[]
  text: string
}

export class Mailbox {
  port = 0
  private readonly mails: Mail[] = []
  private readonly process: ChildProcess
  private readonly lines: Interface

  private constructor(process: ChildProcess, lines: Interface) {
    this.process = process
    this.lines = lines
  }

  static async start() {
    const child = spawn(process.execPath, [server], { stdio: ['pipe', 'pipe', 'inherit'] })
    const mailbox = new Mailbox(child, createInterface({ input: child.stdout }))
    mailbox.lines.on('line', (line) => mailbox.keep(JSON.parse(line)))
    child.stdin.write('{"noTLS":true,"port":0}\n')
    while (mailbox.port === 0) await once(mailbox.lines, 'line', { signal: AbortSignal.timeout(60_000) })
    return mailbox
  }

  /** What the product is started with to send its mails here. */
  get flags() {
    return ['--smtp-host', '127.0.0.1', '--smtp-port', String(this.port), '--smtp-from', 'sign-in@example.org']
  }

  /** The newest mail to an address, once there are so many. */
  async newest(address: string, count = 1) {
    const found = () => this.mails.filter(({ to }) => to.includes(address))
    while (found().length < count) await once(this.lines, 'line', { signal: AbortSignal.timeout(60_000) })
    return found().at(-1)?.text ?? ''
  }

  /** The confirming code in the newest mail to an address. */
  async code(address: string, count = 1) {
    const code = /\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b/.exec(await this.newest(address, count))
    if (!code) throw new Error(`no code in the mail to ${address}`)
    return code[0]
  }

  /** The one-time link in the newest mail to an address. */
  async link(address: string, count = 1) {
    const text = (await this.newest(address, count)).replace(/=\r\n/g, '')
    const link = /http:\/\/\S+\/welcome#[\w-]{43}/.exec(text)
    if (!link) throw new Error(`no link in the mail to ${address}`)
    return link[0]
  }

  async stop() {
    const ended = once(this.process, 'close')
    this.process.stdin?.end()
    await ended
  }

  private keep(event: { event: string; port?: number; to?: string[]; raw?: string }) {
    if (event.event === 'listening') this.port = event.port ?? 0
    if (event.event !== 'mail') return
    const text = Buffer.from(event.raw ?? '', 'base64').toString()
    this.mails.push({ to: event.to ?? [], text })
  }
}

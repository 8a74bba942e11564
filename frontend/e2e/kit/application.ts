// A web application that knows nothing of the sign-in: pages, a form, a download, a
// WebSocket, and one page that runs on scripts. It keeps every request that reaches it.
import { createHash } from 'node:crypto'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A request as the application has received it. */
export interface Arrived {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

export const download = 'what the person keeps\n'.repeat(50_000)

export class WebApplication {
  readonly arrived: Arrived[] = []
  private readonly server: Server
  private readonly sockets = new Set<Socket>()

  private constructor() {
    this.server = createServer((request, answer) => this.answer(request, answer))
    this.server.on('connection', (socket) => this.sockets.add(socket.on('close', () => this.sockets.delete(socket))))
    this.server.on('upgrade', (request, socket: Socket) => this.upgrade(request, socket))
  }

  static async start() {
    const application = new WebApplication()
    await new Promise<void>((done) => application.server.listen(0, '127.0.0.1', done))
    return application
  }

  get address() {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** Forgets what has arrived until now. */
  forget() {
    this.arrived.length = 0
  }

  /** The requests for a path, without its query. */
  requestsFor(path: string) {
    return this.arrived.filter(({ url }) => url.split('?')[0] === path)
  }

  async stop() {
    const closed = new Promise((done) => this.server.close(done))
    for (const socket of this.sockets) socket.destroy()
    await closed
  }

  private keep({ method = '', url = '', headers }: IncomingMessage, body = '') {
    this.arrived.push({ method, url, headers, body })
  }

  private async answer(request: IncomingMessage, answer: ServerResponse) {
    let body = ''
    for await (const chunk of request) body += chunk
    this.keep(request, body)
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (path === '/download') {
      answer.setHeader('Content-Disposition', 'attachment; filename="kept.txt"')
      answer.end(download)
    } else if (path.startsWith('/data')) {
      answer.setHeader('Content-Type', 'application/json')
      answer.end(JSON.stringify({ user: request.headers['remote-user'] ?? null, method: request.method, body }))
    } else {
      answer.setHeader('Content-Type', 'text/html; charset=utf-8')
      if (path === '/without-referrer') answer.setHeader('Referrer-Policy', 'no-referrer')
      if (path === '/with-cookie') answer.setHeader('Set-Cookie', 'own=7; Path=/; Secure; HttpOnly')
      answer.end(page(path.startsWith('/live') ? live : form(body)))
    }
  }

  /** Answers each message of a WebSocket with the same one; none is longer than 125 bytes. */
  private upgrade(request: IncomingMessage, socket: Socket) {
    this.keep(request)
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
    socket.on('error', () => {})
    socket.on('data', (frame) => {
      const length = (frame[1] ?? 0) & 0x7f
      const mask = frame.subarray(2, 6)
      const text = frame.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0))
      socket.write(Buffer.concat([Buffer.from([frame[0] ?? 0, length]), text]))
    })
  }
}

const page = (content: string) =>
  `<!doctype html><html lang="en"><title>An application</title><link rel="icon" href="data:,">${content}</html>`

const form = (sent: string) => `<h1>An application</h1><output>${sent.replace(/[^\w=& ]/g, '')}</output>
<form method="post" action="/save"><label>Note <input name="note"></label><button>Save</button></form>
<a href="/download" download>Download</a>`

/** Shows the same page for every address below /live, and asks for its data by itself. */
const live = `<h1></h1><p role="status"></p><button>Load</button><script>
const [heading, status, button] = ['h1', 'p', 'button'].map((name) => document.querySelector(name))
heading.textContent = location.pathname + location.search
const load = async () => {
  const answer = await fetch('/data/live')
  const data = await answer.json()
  status.textContent = answer.ok ? 'for ' + data.user : data.detail + ' '
  if (!answer.ok) status.append(Object.assign(document.createElement('a'), { href: data.sign_in, textContent: 'Sign in' }))
}
button.onclick = load
load()
</script>`

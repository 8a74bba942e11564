// Applications behind a real nginx over TLS, whose settings are those that the product
// shows for each of them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type LaunchOptions } from '@playwright/test'
import { Administrator } from './administrator'
import { anyPort, type Options, Product } from './product'
import { createAdministrator, newPerson } from './test'

const nginx = ['/usr/sbin/nginx', '/usr/bin/nginx'].find(existsSync) ?? 'nginx'

const isListening = (port: number) =>
  new Promise<boolean>((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => done(true)).on('error', () => done(false))
    socket.on('close', () => socket.destroy())
    socket.on('connect', () => socket.end())
  })

/** What reached an application: only what the gate lets through. */
export interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
}

/** A program that shows what reaches it. */
export class Application {
  readonly name: string
  readonly origin: string
  readonly seen: Seen[] = []
  id = 0
  readonly server: Server

  constructor(name: string, origin: string) {
    this.name = name
    this.origin = origin
    this.server = createServer((request, response) => this.answer(request, response))
    this.server.on('upgrade', (request, socket) => {
      this.note(request)
      const accept = createHash('sha1').update(
        `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
      )
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
      )
      const text = Buffer.from(`hello ${request.headers['remote-user']}`)
      socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]))
    })
  }

  private note({ method = '', url = '', headers }: IncomingMessage) {
    this.seen.push({ method, url, headers })
  }

  private answer(request: IncomingMessage, response: ServerResponse) {
    this.note(request)
    request.resume()
    const path = (request.url ?? '').split('?')[0]
    if (path === '/download') {
      response.writeHead(200, {
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': 'attachment; filename="report.bin"',
      })
      return response.end('the report')
    }
    if (path === '/who') {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      return response.end(
        JSON.stringify({ user: request.headers['remote-user'], cookie: request.headers.cookie ?? null }),
      )
    }
    const headers: Record<string, string> = {
      'Content-Type': 'text/html; charset=utf-8',
      'Set-Cookie': 'theme=dark; Path=/',
    }
    if (path === '/private') headers['Referrer-Policy'] = 'no-referrer'
    response.writeHead(200, headers)
    response.end(`<!doctype html><html lang="en"><title>${this.name}</title><h1>${this.name}</h1>
<p id="address">${request.method} ${request.url?.replaceAll('&', '&amp;')}</p><p id="user">${request.headers['remote-user'] ?? 'nobody'}</p>
<form method="post" action="/form"><input name="text" value="written"><button>Send</button></form></html>`)
  }

  /** What the application has seen of a path since it was asked last. */
  requests(path: string) {
    return this.seen.filter(({ url }) => url.split('?')[0] === path)
  }
}

/** A product with the gate, nginx before it, and a browser that finds the hosts. */
export class Gate {
  readonly product: Product
  readonly administrator: Administrator
  private readonly port = anyPort()
  private readonly folder = mkdtempSync(join(tmpdir(), 'imagemaster-gate-'))
  private readonly applications: Application[] = []
  private proxy: ChildProcess | null = null

  private constructor(product: Product, administrator: Administrator) {
    this.product = product
    this.administrator = administrator
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=example',
        '-keyout',
        'key.pem',
        '-out',
        'cert.pem',
      ],
      { cwd: this.folder, stdio: 'pipe' },
    )
  }

  static async start(options: Options = {}) {
    const product = await Product.start({
      ...options,
      flags: ['--gate-listen', `127.0.0.1:${anyPort()}`, ...(options.flags ?? [])],
    })
    await createAdministrator(product)
    return new Gate(product, await Administrator.of(product, await newPerson(product, undefined, ['--admin'])))
  }

  /** Adds an application with these rules at a host, and reloads the proxy. */
  async add(host: string, rules: object[] = [{}]) {
    const name = `Zq-${randomBytes(4).toString('hex')}`
    const application = new Application(name, `https://${host}:${this.port}`)
    await new Promise<void>((done) => application.server.listen(0, '127.0.0.1', done))
    const rest = {
      path: '/',
      methods: 'all',
      who: 'everybody',
      groups: [],
      factor: 'two',
      max_age_minutes: 0,
      origins: [],
    }
    application.id = await this.administrator.storeApplication({
      name,
      addresses: [application.origin],
      rules: rules.map((rule) => ({ ...rest, ...rule })),
    })
    const settingsOf = await this.administrator.read(`/api/applications/${application.id}/proxy`)
    const { port } = application.server.address() as AddressInfo
    const settings = (settingsOf.nginx as string)
      .replace(/\/etc\/ssl\/[^;]*\.pem/g, join(this.folder, 'cert.pem'))
      .replace(/\/etc\/ssl\/[^;]*\.key/g, join(this.folder, 'key.pem'))
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`)
    writeFileSync(join(this.folder, `${name}.conf`), settings)
    this.applications.push(application)
    await this.reload()
    return application
  }

  /** Starts nginx with the settings of all applications. */
  private async reload() {
    await this.halt()
    const main = `daemon off;\npid nginx.pid;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path body;\nproxy_temp_path proxy;
fastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\ninclude ${this.folder}/*.conf;\n}\n`
    writeFileSync(join(this.folder, 'nginx.main'), main)
    const args = ['-e', 'stderr', '-p', this.folder, '-c', join(this.folder, 'nginx.main')]
    this.proxy = spawn(nginx, args, { stdio: ['ignore', 'inherit', 'pipe'] })
    let output = ''
    this.proxy.stderr?.on('data', (chunk) => (output += chunk))
    const deadline = Date.now() + 30_000
    while (!(await isListening(this.port))) {
      if (Date.now() > deadline || this.proxy.exitCode !== null) throw new Error(`nginx does not listen:\n${output}`)
      await new Promise((again) => setTimeout(again, 20))
    }
  }

  private async halt() {
    const proxy = this.proxy
    if (!proxy || proxy.exitCode !== null) return
    const ended = new Promise((done) => proxy.on('close', done))
    proxy.kill('SIGTERM')
    await ended
  }

  /** A browser that finds every host below .example on this machine, and takes the certificate. */
  static async browser(options: LaunchOptions) {
    return chromium.launch({
      ...options,
      args: [...(options.args ?? []), '--host-resolver-rules=MAP *.example 127.0.0.1'],
    })
  }

  async stop() {
    await this.halt()
    for (const { server } of this.applications) {
      server.closeAllConnections()
      server.close()
    }
    await this.product.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

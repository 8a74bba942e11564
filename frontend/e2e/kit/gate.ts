// Applications behind nginx and the gate, on hosts that exist in these tests only. A
// forwarding proxy leads every browser to the nginx of a host, and nowhere else.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Application, Rule } from './administrator'
import { WebApplication } from './application'
import { Nginx } from './nginx'
import { newPersonWithKey } from './people'
import { Product, type Way } from './product'
import { test as base, createAdministrator, expect, newPerson, type Person } from './test'

const examples = resolve(import.meta.dirname, '../../../docs/examples')

/** Where people sign in. */
export const signInURL = 'https://sign-in.three.example'

/** An application behind the gate. */
export interface Site extends Application {
  id: number
  host: string
  web: WebApplication
}

/** Leads to the hosts of the tests. */
class Hosts {
  private readonly ports = new Map<string, number>()
  private readonly sockets = new Set<Socket>()
  private readonly server: Server = createServer((_, answer) => answer.writeHead(403).end())

  static async start() {
    const hosts = new Hosts()
    hosts.server.on('connect', (request, socket: Socket) => hosts.lead(request.url ?? '', socket))
    await new Promise<void>((done) => hosts.server.listen(0, '127.0.0.1', done))
    return hosts
  }

  add(host: string, port: number) {
    this.ports.set(`${host}:443`, port)
  }

  get way(): Way {
    return {
      proxy: { server: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}` },
      ignoreHTTPSErrors: true,
    }
  }

  async stop() {
    const closed = new Promise((done) => this.server.close(done))
    for (const socket of this.sockets) socket.destroy()
    await closed
  }

  private lead(address: string, socket: Socket) {
    const port = this.ports.get(address)
    if (!port) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const there = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      there.pipe(socket).pipe(there)
    })
    for (const [end, other] of [
      [socket, there],
      [there, socket],
    ] as const) {
      this.sockets.add(end)
      end.on('error', () => {})
      end.on('close', () => {
        this.sockets.delete(end)
        other.destroy()
      })
    }
  }
}

interface Fixtures {
  /**
   * Puts applications behind the gate. The host of wiki.one is wiki-word.one.example, with a new word. Without rules the
   * password is enough.
   */
  protect: <Wanted extends [host: string, ...rules: Rule[]][]>(
    ...wanted: Wanted
  ) => Promise<{ [Index in keyof Wanted]: Site }>
  newPersonWithKey: () => ReturnType<typeof newPersonWithKey>
}

interface WorkerFixtures {
  hosts: Hosts
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  hosts: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
    async ({}, use) => {
      const hosts = await Hosts.start()
      await use(hosts)
      await hosts.stop()
    },
    { scope: 'worker' },
  ],

  product: [
    async ({ hosts }, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'imagemaster-gate-'))
      const flags = ['--trusted-proxies', '127.0.0.1', '--gate-listen', `unix:${folder}/gate.sock`]
      const product = await Product.start({ clock: true, publicUrl: signInURL, way: hosts.way, flags })
      const example = await readFile(join(examples, 'nginx.conf'), 'utf8')
      const settings = replaced(example, 'sign-in.example.com', new URL(signInURL).host)
      const nginx = await Nginx.start(replaced(settings, '127.0.0.1:8080', `127.0.0.1:${product.port}`))
      hosts.add(new URL(signInURL).host, nginx.port)
      await createAdministrator(product)
      await use(product)
      await product.stop()
      await nginx.stop()
      await rm(folder, { recursive: true, force: true })
    },
    { scope: 'worker' },
  ],

  proxy: async ({ product }, use) => use(product.way?.proxy),
  ignoreHTTPSErrors: true,

  protect: async ({ hosts, administrator, context }, use) => {
    const sites: Site[] = []
    let nginx: Nginx | undefined
    await use(async (...wanted) => {
      const word = randomBytes(5).toString('hex')
      let settings = ''
      for (const [name, ...rules] of wanted) {
        const host = `${name.replace('.', `-${word}.`)}.example`
        const application = { name: `Zq-${name}-${word}`, origin: `https://${host}` }
        const id = await administrator.storeApplication({
          name: application.name,
          addresses: [application.origin],
          rules: (rules.length > 0 ? rules : [{}]).map(complete),
        })
        const web = await WebApplication.start()
        sites.push({ ...application, id, host, web })
        settings += replaced(await administrator.nginxSettings(id), '127.0.0.1:3000', web.address)
      }
      nginx = await Nginx.start(settings)
      for (const { host } of sites) hosts.add(host, nginx.port)
      return sites as never
    })
    // A page that still asks for something would report that nothing answers.
    await Promise.all(context.pages().map((page) => page.close()))
    await nginx?.stop()
    await Promise.all(sites.map(({ web }) => web.stop()))
  },

  newPersonWithKey: async ({ product }, use) => use(() => newPersonWithKey(product)),
})

export { expect, newPerson, type Person }

/** A rule as the API takes it: for all pages, methods and people with a password, if it says nothing else. */
export const complete = (rule: Rule) => ({
  ...{ path: '/', methods: 'all', who: 'everybody', groups: [], factor: 'password', max_age_minutes: 0, origins: [] },
  ...rule,
})

function replaced(text: string, word: string, by: string) {
  if (!text.includes(word)) throw new Error(`the settings lack ${word}`)
  return text.replaceAll(word, by)
}

/** A name for a group that no other test uses, and no English word. */
export const makeName = () => `zq-${randomBytes(5).toString('hex')}`

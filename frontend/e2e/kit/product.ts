// Runs the built product as an operator would: one process on a port of this
// machine with a fresh data directory.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')
export const binary = join(root, 'imagemaster')

// The same program built from its test binary: its clock can be moved.
const withClock = join(root, 'node_modules', '.cache', 'imagemaster', 'imagemaster.test')

export interface Options {
  flags?: string[]
  /** Lets advance() move the server's clock. */
  clock?: boolean
  /** What people type, where it is not the address of this machine. */
  publicUrl?: string
  /** How browsers reach the public URL, behind a proxy of its own. */
  way?: Way
}

/** How a browser reaches hosts that exist in tests only, as Playwright takes it. */
export interface Way {
  proxy: { server: string }
  ignoreHTTPSErrors: boolean
}

export class Product {
  /** What the tests open. */
  readonly url: string
  /** How they reach it, if not directly. */
  readonly way: Way | undefined
  readonly port: number
  private readonly data: string
  private readonly options: Options
  private process: ChildProcess | null = null
  private output = ''
  private ahead = 0

  private constructor(port: number, data: string, options: Options) {
    this.way = options.way
    this.url = (options.way && options.publicUrl) ?? `http://localhost:${port}`
    this.port = port
    this.data = data
    this.options = options
  }

  /** Starts the product with a fresh data directory. */
  static async start(options: Options = {}) {
    for (let attempt = 1; ; attempt++) {
      const product = new Product(anyPort(), await mkdtemp(join(tmpdir(), 'imagemaster-e2e-')), options)
      try {
        await product.resume()
        return product
      } catch (error) {
        product.process?.kill('SIGKILL')
        await rm(product.data, { recursive: true, force: true })
        if (attempt === 10 || !product.output.includes('is in use by another program')) throw error
      }
    }
  }

  /** Starts the process again after halt, with the same data. */
  async resume() {
    const { clock = false, flags = [], publicUrl = this.url } = this.options
    const place = ['--listen', `127.0.0.1:${this.port}`, '--public-url', publicUrl, '--data', this.data]
    const program = clock ? withClock : binary
    const env = { ...withoutSettings(process.env), ...(clock ? { IMAGEMASTER_TEST_SERVER: '1' } : {}) }
    const child = spawn(program, ['serve', ...place, ...flags], { env, stdio: 'pipe' })
    this.process = child
    this.output = ''
    this.ahead = 0
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (this.output += chunk))
    const failed = new Promise<never>((_, reject) => {
      child.on('error', (error) =>
        reject(new Error(`${program} cannot be started (npm test builds it): ${error.message}`)),
      )
      child.on('close', (code) => reject(new Error(`the product ended with exit code ${code}:\n${this.output}`)))
    })
    await Promise.race([this.ready(), failed])
    failed.catch(() => {})
  }

  /** The one-time link that the process printed. */
  setupLink() {
    const link = new RegExp(`${this.url}/setup#\\S+`).exec(this.output)
    if (!link) throw new Error(`no set-up link was printed:\n${this.output}`)
    return link[0]
  }

  /** Moves the server's clock forward. */
  async advance(minutes: number) {
    const moved = /clock moved to \S+/g
    const before = this.output.match(moved)?.length ?? 0
    this.process?.stdin?.write(`${minutes}m\n`)
    await until(() => (this.output.match(moved)?.length ?? 0) > before)
    this.ahead += minutes * 60_000
  }

  /** The time by the server's clock, in milliseconds. */
  readonly now = () => Date.now() + this.ahead

  /** Runs an operator's command; secrets go through standard input. */
  async command(args: string[], input = '') {
    const child = spawn(binary, [...args, '--data', this.data], { env: withoutSettings(process.env) })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.stdin.end(input)
    const code = await new Promise<number | null>((done) => child.on('close', done))
    if (code !== 0) throw new Error(`imagemaster ${args.join(' ')} ended with exit code ${code}:\n${output}`)
    return output
  }

  /** Loses the key file and declares it lost: the server starts again and can read no key of an authenticator app. */
  async loseKeyFile() {
    await this.halt()
    const file = join(this.data, 'imagemaster.key')
    const id = /^[0-9a-f]{16}/m.exec(await readFile(file, 'utf8'))?.[0] ?? ''
    await rm(file)
    await this.command(['key', 'lost', id])
    await this.resume()
  }

  /** Stops the process, which must have lived until now, and keeps its data. */
  async halt() {
    const child = this.process
    if (!child) return
    const died = child.exitCode !== null || child.signalCode !== null
    if (!died) {
      const ended = new Promise((done) => child.on('close', done))
      child.kill('SIGTERM')
      await ended
    }
    this.process = null
    if (died || child.exitCode !== 0) {
      throw new Error(`the product ended with ${child.signalCode ?? `exit code ${child.exitCode}`}:\n${this.output}`)
    }
  }

  async stop() {
    try {
      await this.halt()
    } finally {
      await rm(this.data, { recursive: true, force: true })
    }
  }

  private ready() {
    return until(() => this.output.includes(`is ready at ${this.options.publicUrl ?? this.url}`))
  }
}

// Settings of the person who runs the tests must not leak into them.
function withoutSettings(env: NodeJS.ProcessEnv) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('IMAGEMASTER_')))
}

async function until(done: () => boolean) {
  const deadline = Date.now() + 60_000
  while (!done()) {
    if (Date.now() > deadline) throw new Error('the product did not answer in time')
    await new Promise((again) => setTimeout(again, 20))
  }
}

// Below the ports that systems give to outgoing connections: none of those can
// take the port while a product is stopped and started again.
export const anyPort = () => 20_000 + Math.floor(Math.random() * 10_000)

// A MariaDB of the test's own, which can go away and come back.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { binary } from './product'

const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/usr/libexec']
const find = (name: string) => folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
const daemon = find('mariadbd')
const install = find('mariadb-install-db')

export class MariaDB {
  static readonly isInstalled = daemon !== undefined && install !== undefined
  private readonly folder: string
  private process: ChildProcess | null = null

  private constructor(folder: string) {
    this.folder = folder
  }

  /** Starts a server with an empty database. */
  static async start() {
    const server = new MariaDB(await mkdtemp(join(tmpdir(), 'imdb')))
    await mkdir(server.scratch)
    const setUp = ['--auth-root-authentication-method=normal', '--skip-test-db']
    execFileSync(install ?? '', [...server.place, ...setUp], { stdio: 'ignore' })
    await mkdir(join(server.folder, 'data', 'imagemaster'))
    execFileSync(binary, ['key', 'new', join(server.folder, 'key')])
    server.resume()
    return server
  }

  /** The flags of a product that uses this server. */
  get flags() {
    return ['--database', `root@unix(${join(this.folder, 'sock')})/imagemaster`, '--key-file', join(this.folder, 'key')]
  }

  /** Starts the server again after halt. It does not wait until it answers. */
  resume() {
    const own = [`--socket=${join(this.folder, 'sock')}`, `--pid-file=${join(this.folder, 'pid')}`]
    const small = ['--skip-networking', '--skip-log-bin', '--innodb-buffer-pool-size=64M', '--innodb-log-file-size=32M']
    this.process = spawn(daemon ?? '', [...this.place, ...own, ...small], { stdio: 'ignore' })
  }

  /** Kills the server and keeps its data. */
  async halt() {
    const child = this.process
    this.process = null
    if (!child) return
    const ended = new Promise((done) => child.on('close', done))
    child.kill('SIGKILL')
    await ended
  }

  async stop() {
    await this.halt()
    await rm(this.folder, { recursive: true, force: true })
  }

  private get scratch() {
    return join(this.folder, 'tmp')
  }

  private get place() {
    const { username } = userInfo()
    return ['--no-defaults', `--user=${username}`, `--datadir=${join(this.folder, 'data')}`, `--tmpdir=${this.scratch}`]
  }
}

// Runs nginx with certificates that nobody has signed.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anyPort } from './product'

/** Debian puts servers into a folder that is not in every PATH. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` }

export class Nginx {
  readonly port: number
  private readonly folder: string
  private readonly process: ChildProcess
  private output = ''

  private constructor(port: number, folder: string) {
    this.port = port
    this.folder = folder
    this.process = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { env, stdio: 'pipe' })
    this.process.stderr?.on('data', (chunk) => (this.output += chunk))
  }

  /** Starts nginx with sites as the documentation has them: only port and certificates are replaced. */
  static async start(sites: string) {
    const folder = await mkdtemp(join(tmpdir(), 'imagemaster-nginx-'))
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const names = ['-subj', '/CN=example', '-addext', 'subjectAltName=DNS:*.example']
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'pipe' })
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (use) => `${use}_temp_path ${folder}/${use};`,
    )
    for (let attempt = 1; ; attempt++) {
      const port = anyPort()
      const here = sites
        .replaceAll(/\blisten 443 ssl;/g, `listen 127.0.0.1:${port} ssl;`)
        .replaceAll(/\/etc\/ssl\/\S+\.pem;/g, `${cert};`)
        .replaceAll(/\/etc\/ssl\/\S+\.key;/g, `${key};`)
      const all = `daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
events {}
http { access_log off; ${places.join(' ')}
${here}
}`
      await writeFile(join(folder, 'nginx.conf'), all)
      const nginx = new Nginx(port, folder)
      try {
        await nginx.ready()
        return nginx
      } catch (error) {
        if (attempt < 10 && nginx.output.includes('Address already in use')) continue
        await rm(folder, { recursive: true, force: true })
        throw error
      }
    }
  }

  async stop() {
    const ended = new Promise((done) => this.process.on('close', done))
    this.process.kill('SIGTERM')
    await ended
    await rm(this.folder, { recursive: true, force: true })
  }

  /** nginx tells its version once it has its port. */
  private ready() {
    return new Promise<void>((done, fail) => {
      this.process.on('error', (error) => fail(new Error(`nginx cannot be started: ${error.message}`)))
      this.process.on('close', () => fail(new Error(`nginx has ended:\n${this.output}`)))
      this.process.stderr?.on(
        'data',
        () => this.output.includes('[notice]') && this.output.includes(': nginx/') && done(),
      )
    })
  }
}

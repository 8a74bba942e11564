// The sample application of `npm run dev`: a small program behind a real nginx, so that
// developers see the whole way from an application to the sign-in and back. It needs
// nginx; without it only the server runs.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import process from 'node:process'
import { cache, root } from './project.js'

/** Browsers take every name below localhost for this machine. */
const host = 'sample.localhost'
const folder = join(cache, 'sample')

/** Where the gate, nginx and the application listen. */
export const ports = { gate: 8081, proxy: 8082, application: 8083 }
export const address = `http://${host}:${ports.proxy}`

const nginx = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'].find(existsSync)

/** Says whether the sample can run: nginx is there, and the arguments choose no gate of their own. */
export const isPossible = (args) => Boolean(nginx) && !args.some((arg) => arg.startsWith('--gate-listen'))

/** Starts nginx and the application. start runs a program as a child. */
export function startSample(start) {
  mkdirSync(folder, { recursive: true })
  const config = join(folder, 'nginx.conf')
  writeFileSync(config, settings())
  start('nginx', 35, nginx, ['-e', 'stderr', '-p', folder, '-c', config])
  const application = createServer(answer)
  application.on('upgrade', (_, socket) => socket.destroy())
  application.listen(ports.application, '127.0.0.1')
}

/** The example of the documentation, for this machine. */
function settings() {
  const example = readFileSync(join(root, 'docs', 'examples', 'gate-nginx.conf'), 'utf8')
    .split('\n')
    .filter((line) => !line.includes('ssl_certificate'))
    .join('\n')
  const words = {
    'server_name wiki.example.com': `server_name ${host}`,
    'listen 443 ssl': `listen 127.0.0.1:${ports.proxy}`,
    'https://wiki.example.com': address,
    'X-Forwarded-Proto https': 'X-Forwarded-Proto http',
    'wiki.example.com': `${host}:${ports.proxy}`,
    '127.0.0.1:8081': `127.0.0.1:${ports.gate}`,
    '127.0.0.1:3000': `127.0.0.1:${ports.application}`,
  }
  const server = Object.entries(words).reduce((text, [from, to]) => text.replaceAll(from, to), example)
  return `daemon off;
pid nginx.pid;
events {}
http {
access_log off;
client_body_temp_path body;
proxy_temp_path proxy;
fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi;
scgi_temp_path scgi;
${server}
}
`
}

/** The application shows what it learns about the person. */
function answer(request, response) {
  const learned = Object.entries(request.headers).filter(([name]) => name.startsWith('remote-') || name === 'cookie')
  const lines = [`${request.method} ${request.url}`, ...learned.map(([name, value]) => `${name}: ${value}`)]
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end(`The sample application got this request:\n\n${lines.join('\n')}\n`)
}

/** Adds the sample to the applications, once the server runs. program is the server's own command line. */
export function addSample(program, args, publicURL) {
  const store = args.filter((arg, i) => isStore(arg) || (isStore(args[i - 1] ?? '') && !args[i - 1].includes('=')))
  const run = (words, input) =>
    execFileSync(program, ['app', ...words, ...store], { cwd: root, input, encoding: 'utf8', env: process.env })
  const { applications } = JSON.parse(run(['export']))
  if (applications.some(({ addresses }) => addresses.includes(address))) return
  const rules = [{ path: '/', methods: 'all', who: 'everybody', factor: 'two' }]
  applications.push({ name: 'Sample', addresses: [address], rules })
  run(['apply', '-', '--yes', '--public-url', publicURL], JSON.stringify({ applications }))
}

const isStore = (arg) => /^--(data|database|database-file|data-group|key-file)(=|$)/.test(arg)

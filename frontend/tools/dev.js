// `npm run dev`: Vite with hot reload on http://localhost:5173, and behind it
// the Go server, which is built and started again when Go code changes. The
// server gets the arguments: npm run dev -- --require-two-factor
import { spawn } from 'node:child_process'
import { mkdirSync, watch } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { cache, checkVersions, installPackages, main, root, toolPath, whenAbandoned } from './project.js'
import { address, addSample, isPossible, ports, startSample } from './sample.js'

const page = 'http://localhost:5173'
const options = process.argv.slice(2)
const sample = isPossible(options)
const program = join(cache, process.platform === 'win32' ? 'dev.exe' : 'dev')
const children = new Set()
const colour = process.stdout.isTTY
let stopping = false

await main(async () => {
  checkVersions()
  await installPackages()
  mkdirSync(cache, { recursive: true })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
  whenAbandoned(stop)
  say('dev', `open ${page} once both are up; Ctrl-C stops everything`)
  const vite = start('web', 36, process.execPath, [
    toolPath('vite'),
    '--port',
    '5173',
    '--strictPort',
    '--clearScreen',
    'false',
  ])
  vite.on('exit', (code) => stopping || stop(code ?? 1))
  if (sample) startSample(start)
  else say('dev', 'without nginx there is no sample application behind the gate')
  runServer()
})

/** Keeps the server running the newest Go code that compiles. */
function runServer() {
  let server = null
  let building = false
  let changed = false
  async function renew() {
    changed = true
    if (building || stopping) return
    building = true
    while (changed && !stopping) {
      changed = false
      if (await build()) server = await replace(server)
    }
    building = false
  }
  watchGo(renew)
  renew()
}

async function build() {
  say('server', 'building')
  const compiler = start('server', 33, 'go', ['build', '-o', program, '.'], { CGO_ENABLED: '0' })
  const code = await ended(compiler)
  if (code !== 0 && !stopping) say('server', 'does not compile; waiting for the next change')
  return code === 0
}

async function replace(server) {
  if (server && server.exitCode === null && server.signalCode === null) {
    server.removeAllListeners('exit')
    server.kill('SIGTERM')
    await ended(server)
  }
  if (stopping) return null
  const behind = ['--public-url', page, '--trusted-proxies', '127.0.0.1,::1'] // Vite
  const gate = sample ? ['--gate-listen', `127.0.0.1:${ports.gate}`] : []
  const next = start('server', 33, program, ['serve', ...behind, ...gate, ...options], {}, whenReady)
  next.on(
    'exit',
    (code) => stopping || code === null || say('server', `ended with exit code ${code}; waiting for the next change`),
  )
  return next
}

/** Tells of the sample application once the server runs. */
function whenReady(line) {
  if (!sample || !line.includes(' is ready at ')) return
  try {
    addSample(program, options, page)
    say('dev', `an application behind the gate: ${address}`)
  } catch (error) {
    say('dev', `the sample application was not added: ${String(error.stderr || error.message).trim()}`)
  }
}

function watchGo(changed) {
  let timer
  const heard = (name) => {
    if (!/\.(go|sql|mod|sum)$/.test(name ?? '') || basename(name).endsWith('_test.go')) return
    clearTimeout(timer)
    timer = setTimeout(changed, 150) // one save in an editor causes several events
  }
  watch(root, (_, name) => heard(name))
  watch(join(root, 'backend'), { recursive: true }, (_, name) => heard(name))
}

function start(name, shade, command, args, env = {}, heard = () => {}) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...(colour ? { FORCE_COLOR: '1' } : {}), ...env },
    stdio: ['pipe', 'pipe', 'pipe'], // Vite ends when its input is closed
  })
  children.add(child)
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      say(name, line, shade)
      heard(line)
    })
  }
  child.on('error', (error) => say(name, `${command} cannot be started: ${error.message}`))
  child.on('close', () => children.delete(child))
  return child
}

function ended(child) {
  return new Promise((done) => {
    child.on('close', done)
  })
}

function say(name, line, shade = 35) {
  const prefix = name.padEnd(6)
  console.log(`${colour ? `\u001b[${shade}m${prefix}\u001b[0m` : prefix} | ${line}`)
}

async function stop(code) {
  if (stopping) return
  stopping = true
  const running = [...children]
  for (const child of running) child.kill('SIGTERM')
  await Promise.all(running.map(ended))
  process.exit(typeof code === 'number' ? code : 0)
}

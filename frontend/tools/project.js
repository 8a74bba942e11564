// What the other scripts share: where things are, how a command is run, and
// which Go and Node.js the project needs. No dependencies: these scripts run
// before any package is installed.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

// Written so that an old Node.js gets as far as checkVersions.
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')
export const binary = join(root, process.platform === 'win32' ? 'imagemaster.exe' : 'imagemaster')

/** Where the scripts keep what only they need; gone with the npm packages. */
export const cache = join(root, 'node_modules', '.cache', 'imagemaster')

/** A step that failed in a way the reader can mend: printed without a stack. */
export class Failure extends Error {}

/** Tells whether a module was started as the script. */
export const isScript = (url) => realpathSync(process.argv[1]) === fileURLToPath(url)

/** Ends the script with one clear sentence when something fails. */
export async function main(work) {
  try {
    await work()
  } catch (error) {
    console.error(error instanceof Failure ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}

/** Runs a command with the terminal's own input and output. */
export function run(
  command,
  args,
  { cwd = root, env = {}, stdin = 'inherit', name = [command, ...args].join(' ') } = {},
) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: [stdin, 'inherit', 'inherit'],
    })
    child.on('error', (error) => failed(new Failure(`${command} cannot be started: ${error.message}`)))
    child.on('exit', (code, signal) => {
      if (code === 0) return done()
      failed(new Failure(`${name} failed (${signal ?? `exit code ${code}`})`))
    })
  })
}

/** Runs a command and returns what it printed, or null when it failed. */
export function read(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  return result.status === 0 ? result.stdout : null
}

/** Runs the command line tool of an installed npm package. */
export function tool(name, args, options) {
  return run(process.execPath, [toolPath(name), ...args], { ...options, name: `${name} ${args[0]}` })
}

export function toolPath(name) {
  const folder = join(root, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : Object.values(bin)[0])
}

export function go(args, options = {}) {
  return run('go', args, { ...options, env: { CGO_ENABLED: '0', ...options.env } })
}

/**
 * Calls stop once when the process that started us is gone. The shell between
 * npm and a script does not hand signals on: it ends and leaves us behind.
 */
export function whenAbandoned(stop) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    stop()
  }, 250)
  watch.unref()
}

/** Refuses to go on with a Go or Node.js that is missing or too old. */
export function checkVersions() {
  const wantedNode = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace(/^\D+/, '')
  if (older(process.versions.node, wantedNode)) {
    throw new Failure(
      `Node.js ${process.versions.node} is too old: install ${wantedNode} or newer from https://nodejs.org`,
    )
  }
  const wantedGo = /^go (\S+)/m.exec(readFileSync(join(root, 'go.mod'), 'utf8'))[1]
  const foundGo = spawnSync('go', ['env', 'GOVERSION'], { cwd: root, encoding: 'utf8' })
  if (foundGo.error) throw new Failure(`Go is missing: install ${wantedGo} or newer from https://go.dev/dl/`)
  if (foundGo.status !== 0 || older(foundGo.stdout.trim().replace(/^go/, ''), wantedGo)) {
    throw new Failure(
      `Go is too old: install ${wantedGo} or newer from https://go.dev/dl/\n${foundGo.stderr}${foundGo.stdout}`,
    )
  }
}

function older(found, wanted) {
  return found.localeCompare(wanted, 'en', { numeric: true }) < 0
}

/** Installs the npm packages when the lock file asks for others than are there. */
export async function installPackages() {
  if (packagesCurrent()) return
  console.log('Installing npm packages')
  const args = ['ci', '--no-audit', '--no-fund']
  const npm = process.env.npm_execpath
  if (npm) await run(process.execPath, [npm, ...args])
  else await run('npm', args)
}

function packagesCurrent() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installed)) return false
  const found = JSON.parse(readFileSync(installed, 'utf8')).packages
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || found[path]?.version === version || (optional && !found[path]),
  )
}

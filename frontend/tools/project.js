// Shared by the other scripts: paths, running commands, and the check of the Go
// and Node.js versions. No dependencies: the scripts run before any package is
// installed.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

// Uses only old features, so that an old Node.js reaches checkVersions.
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')
export const binary = join(root, process.platform === 'win32' ? 'imagemaster.exe' : 'imagemaster')

/** The scripts' own files. They are deleted together with the npm packages. */
export const cache = join(root, 'node_modules', '.cache', 'imagemaster')

/** An error that the reader can correct. It is printed without a stack. */
export class Failure extends Error {}

/** Reports whether a module is the script that was started. */
export const isScript = (url) => realpathSync(process.argv[1]) === fileURLToPath(url)

/** Runs the script and prints an error as one sentence. */
export async function main(work) {
  try {
    await work()
  } catch (error) {
    console.error(error instanceof Failure ? `\n${error.message}` : error)
    process.exitCode = 1
  }
}

/** Runs a command with the input and output of the terminal. */
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

/** Runs the command of an installed npm package. */
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
 * Calls stop once when the parent process has ended. The shell between npm and
 * a script ends at a signal and does not pass it on.
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

/** Fails if Go or Node.js is missing or too old. */
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

/** Installs the npm packages if they differ from the lock file. */
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

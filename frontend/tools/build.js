// Builds the web interface and the static binary that embeds it, each only if
// its sources have changed. As a script (`npm run build`) it always builds both.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, cache, checkVersions, go, installPackages, isScript, main, read, root, tool } from './project.js'

const stamps = join(cache, 'built')
const page = join(root, 'frontend', 'dist', 'index.html')

// Folders of frontend/ that the built pages do not come from.
const notInPages = new Set(['dist', 'e2e', 'node_modules', 'playwright-report', 'test-results', 'tools'])

const webSources = () => [
  ...readdirSync(join(root, 'frontend'))
    .filter((name) => !notInPages.has(name))
    .map((name) => join('frontend', name)),
  join('frontend', 'tools', 'first-page.ts'),
  join('frontend', 'tools', 'icons.ts'),
  'vite.config.ts',
  'package-lock.json',
]

const goSources = () => [
  ...readdirSync(root).filter((name) => name.endsWith('.go')),
  'go.mod',
  'go.sum',
  'package.json',
  'backend',
  join('frontend', 'dist'),
]

const isTest = (path) => /(_test\.go|\.test\.ts)$/.test(path)

export async function buildWeb() {
  await unlessCurrent('web', webSources, page, async () => {
    console.log('Building the web interface')
    await tool('vite', ['build', '--logLevel', 'error'])
  })
}

export async function buildBinary() {
  await unlessCurrent('binary', goSources, binary, async () => {
    console.log('Building the binary')
    await compile(binary)
  })
}

/** Compiles the product. It knows the commit that it was made of. */
export function compile(file, env = {}) {
  const linker = `-s -w -buildid= -X 'main.commit=${madeOf()}'`
  return go(['build', '-trimpath', '-buildvcs=false', '-ldflags', linker, '-o', file, '.'], { env })
}

/** Returns the commit, and whether files differ from it. Without git, nothing. */
export function madeOf() {
  const commit = read('git', ['rev-parse', 'HEAD'])?.trim()
  if (!commit) return ''
  return read('git', ['status', '--porcelain']) === '' ? commit : `${commit} with changes`
}

/** Builds unless sources and product are unchanged since the last good build. */
async function unlessCurrent(name, sources, product, build) {
  const stamp = join(stamps, name)
  const state = () => `${fingerprint(sources())} ${identity(product)}`
  if (existsSync(stamp) && existsSync(product) && readFileSync(stamp, 'utf8') === state()) return
  const before = fingerprint(sources())
  await build()
  mkdirSync(stamps, { recursive: true })
  writeFileSync(stamp, `${before} ${identity(product)}`)
}

/** Returns a hash of the names and contents of all files below the paths. */
function fingerprint(paths) {
  const hash = createHash('sha256')
  for (const path of paths.flatMap(filesBelow).sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0')
  }
  return hash.digest('hex')
}

function filesBelow(path) {
  const full = join(root, path)
  if (!existsSync(full)) return []
  if (!statSync(full).isDirectory()) return [path]
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !isTest(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}

/** Identifies a product by size and time, without reading it. */
function identity(product) {
  const { size, mtimeMs } = statSync(product)
  return `${size} ${mtimeMs}`
}

if (isScript(import.meta.url)) {
  await main(async () => {
    checkVersions()
    await installPackages()
    rmSync(stamps, { recursive: true, force: true })
    await buildWeb()
    await buildBinary()
    console.log(`Built ${binary}`)
  })
}

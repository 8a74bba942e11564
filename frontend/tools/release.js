// `npm run release` makes what is published, in the folder release/: for amd64 and
// arm64 a static binary, a Debian package and a list of all parts (SBOM), and the
// checksums. The same commit gives the same bytes. Arguments pick architectures.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { gzipSync } from 'node:zlib'
import { buildWeb, compile, madeOf } from './build.js'
import { cache, checkVersions, Failure, go, installPackages, isScript, main, read, root } from './project.js'

const architectures = ['amd64', 'arm64']
const sbomTool = 'github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0'

// Packages that npm counts as tools, although their styles are in the pages.
const styles = ['daisyui', 'tailwindcss']

// Modules whose license came into their repository after the version that is used.
const lateLicenses = {
  'github.com/yeqown/reedsolomon v1.0.0':
    'MIT License\n\nCopyright (c) 2023 yeqown. The text is that of the other MIT licenses here.',
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The architecture of this machine, as Go and Debian call it. */
export const here = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** The folder that the release is made in. */
export const folder = join(root, 'release')

export const binaryOf = (arch) => join(folder, `imagemaster-${version}-linux-${arch}`)
const licenses = join(folder, `imagemaster-${version}-licenses.txt`)
export const packageOf = (arch) => join(folder, `imagemaster_${version}_${arch}.deb`)

/** Makes the release for some architectures. */
export async function release(wanted) {
  const epoch = read('git', ['log', '-1', '--format=%ct'])?.trim()
  if (!epoch) throw new Failure('A release is made from a git checkout')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  await buildWeb()
  for (const arch of wanted) await compile(binaryOf(arch), { GOOS: 'linux', GOARCH: arch })
  writeFileSync(licenses, licenseTexts())
  await writePackages(wanted, epoch)
  for (const arch of wanted) await writeParts(arch, epoch)
  writeFileSync(join(folder, 'SHA256SUMS'), checksums(folder))
}

/** Makes the Debian packages. The program itself writes its man page and completions. */
async function writePackages(wanted, epoch) {
  const pages = join(cache, 'package')
  rmSync(pages, { recursive: true, force: true })
  mkdirSync(pages, { recursive: true })
  const program = join(pages, 'imagemaster')
  await compile(program)
  for (const kind of ['man', 'bash', 'zsh', 'fish']) {
    const text = read(program, ['manual', kind])
    if (text === null) throw new Failure(`imagemaster manual ${kind} failed`)
    writeFileSync(join(pages, kind), kind === 'man' ? zip(text) : text)
  }
  writeFileSync(join(pages, 'admin'), zip(readFileSync(join(root, 'docs/examples/debian/imagemaster-admin.8'))))
  writeFileSync(join(pages, 'changelog'), zip(changelog(epoch)))
  writeFileSync(join(pages, 'licenses'), zip(readFileSync(licenses)))
  const packager = join(pages, 'deb')
  await go(['-C', 'frontend/tools/deb', 'build', '-o', packager, '.'])
  for (const arch of wanted) {
    process.env.SOURCE_DATE_EPOCH = epoch
    if (read(packager, [arch, version, binaryOf(arch), pages, packageOf(arch)]) === null) {
      throw new Failure(`The Debian package for ${arch} could not be made`)
    }
  }
}

/** Returns the licenses of everything that is in the program, as they demand. */
function licenseTexts() {
  const format = '{{with .Module}}{{if .Version}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}'
  const modules = read('go', ['list', '-deps', '-f', format, '.'])
  const home = read('go', ['env', 'GOROOT'])?.trim()
  if (modules === null || !home) throw new Failure('go list failed')
  const parts = [...new Set(modules.split('\n').filter((line) => line !== ''))].sort().map((line) => line.split('\t'))
  parts.unshift(['Go', home])
  for (const { name, version, path } of pagePackages()) parts.push([`${name} ${version}`, join(root, path)])
  return parts.map(([name, place]) => `${'='.repeat(80)}\n${name}\n\n${licenseIn(name, place)}\n`).join('')
}

function licenseIn(name, place) {
  const files = readdirSync(place).filter((file) => /^(licen[cs]e|copying|notice|patents)\b/i.test(file))
  if (lateLicenses[name]) return lateLicenses[name]
  const npm = join(place, 'package.json')
  if (files.length === 0 && existsSync(npm)) return JSON.parse(readFileSync(npm, 'utf8')).license
  if (files.length === 0) throw new Failure(`${name} has no license in ${place}`)
  return files.map((file) => readFileSync(join(place, file), 'utf8').trimEnd()).join('\n\n')
}

/** Packs like gzip, without a time and the name of a system, which would differ. */
function zip(text) {
  const packed = gzipSync(text, { level: 9 })
  packed.fill(0, 4, 8)
  packed[9] = 255
  return packed
}

function changelog(epoch) {
  const day = new Date(Number(epoch) * 1000).toUTCString().replace('GMT', '+0000')
  const change = 'See docs/changelog.md of the source.'
  return `imagemaster (${version}) stable; urgency=medium\n\n  * ${change}\n\n -- ImageMaster operators <root@localhost>  ${day}\n`
}

/** Lists what a program was made of, in CycloneDX: Go modules, and what the pages hold. */
async function writeParts(arch, epoch) {
  const file = `${binaryOf(arch)}.cdx.json`
  const args = ['-json', '-noserial', '-version', version, '-output', file, binaryOf(arch)]
  await go(['run', sbomTool, 'bin', ...args])
  const list = JSON.parse(readFileSync(file, 'utf8'))
  list.metadata.timestamp = new Date(Number(epoch) * 1000).toISOString()
  for (const tool of list.metadata.tools) delete tool.hashes // of the copy that this machine has built
  list.components.push(...pageParts())
  writeFileSync(file, `${JSON.stringify(list, null, 2)}\n`)
}

/** Returns the npm packages that the pages were made of. */
function pagePackages() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return Object.entries(packages)
    .map(([path, entry]) => ({ ...entry, path, name: path.slice(path.lastIndexOf('node_modules/') + 13) }))
    .filter(({ name, dev }) => name !== '' && (!dev || styles.includes(name)))
}

/** Describes them in CycloneDX. */
function pageParts() {
  return pagePackages().map(({ name, version, license, integrity }) => {
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
    const content = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex')
    const licenses = [{ license: { id: license } }]
    return { 'bom-ref': purl, type: 'library', name, version, licenses, purl, hashes: [{ alg: 'SHA-512', content }] }
  })
}

/** Returns a line for each file of a folder, as sha256sum prints them. */
export function checksums(place) {
  const hash = (name) =>
    createHash('sha256')
      .update(readFileSync(join(place, name)))
      .digest('hex')
  const names = readdirSync(place).sort()
  return names.map((name) => `${hash(name)}  ${name}\n`).join('')
}

if (isScript(import.meta.url)) {
  await main(async () => {
    const wanted = process.argv.slice(2)
    const unknown = wanted.filter((arch) => !architectures.includes(arch))
    if (unknown.length > 0) throw new Failure(`Unknown: ${unknown.join(', ')}. Known: ${architectures.join(', ')}`)
    checkVersions()
    await installPackages()
    await release(wanted.length === 0 ? architectures : wanted)
    if (!/^[0-9a-f]+$/.test(madeOf())) console.log('Files differ from the commit: not to be published')
    console.log(readFileSync(join(folder, 'SHA256SUMS'), 'utf8'))
  })
}

// `npm run release` makes what is published, in the folder release/: static
// binaries for amd64 and arm64, a Debian package of each, a list of all parts
// (SBOM), and checksums. The same commit gives the same bytes.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { gzipSync } from 'node:zlib'
import { buildWeb } from './build.js'
import { checkVersions, Failure, go, installPackages, isScript, main, read, root } from './project.js'

let out = join(root, 'release')
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
const sbomTool = 'github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0'

/** The architecture of this machine, as Go and Debian call it. */
export const here = process.arch === 'arm64' ? 'arm64' : 'amd64'

/** Makes the binaries and packages of these architectures, with that of this machine. */
export async function release(architectures, folder = out) {
  out = folder
  const epoch = read('git', ['log', '-1', '--format=%ct'])?.trim()
  if (!epoch) throw new Failure('A release is made from a git checkout')
  process.env.SOURCE_DATE_EPOCH = epoch
  rmSync(out, { recursive: true, force: true })
  mkdirSync(join(out, 'parts'), { recursive: true })
  await buildWeb()
  for (const arch of architectures) await binary(arch)
  parts(epoch)
  for (const arch of architectures) {
    const name = `imagemaster_${version}_${arch}.deb`
    await go(['-C', 'frontend/tools/deb', 'build', '-mod=mod', '-o', join(out, 'parts', 'deb'), '.'])
    runPackager([arch, version, binaryOf(arch), join(out, 'parts'), join(out, name)])
  }
}

const binaryOf = (arch) => join(out, `imagemaster-${version}-linux-${arch}`)

function binary(arch) {
  const args = ['build', '-trimpath', '-buildvcs=auto', '-ldflags', '-s -w -buildid=', '-o', binaryOf(arch), '.']
  return go(args, { env: { GOOS: 'linux', GOARCH: arch } })
}

function runPackager(args) {
  if (read(join(out, 'parts', 'deb'), args) === null) throw new Failure('The Debian package could not be made')
}

/** Writes what a package holds beside the program. */
function parts(epoch) {
  const put = (name, content) => writeFileSync(join(out, 'parts', name), content)
  const zip = (text) => {
    const packed = gzipSync(text, { level: 9 })
    packed.fill(0, 4, 8) // no time of packing
    packed[9] = 255 // no operating system
    return packed
  }
  const program = binaryOf(here)
  put('imagemaster.1.gz', zip(read(program, ['manual', 'man'])))
  put('imagemaster.bash', read(program, ['manual', 'bash']))
  put('imagemaster-admin.8.gz', zip(readFileSync(join(root, 'docs/examples/debian/imagemaster-admin.8'))))
  const day = new Date(Number(epoch) * 1000).toUTCString().replace('GMT', '+0000')
  put(
    'changelog.gz',
    zip(
      `imagemaster (${version}) stable; urgency=medium\n\n  * See docs/changelog.md.\n\n -- ImageMaster operators <root@localhost>  ${day}\n`,
    ),
  )
  put(
    'copyright',
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: 2026 the authors of ImageMaster Two-Factor Authentication\nLicense: Apache-2.0\n On Debian systems the license is in /usr/share/common-licenses/Apache-2.0.\n',
  )
}

/** Lists all parts of the program in CycloneDX, made from the binary itself. */
async function sbom(arch) {
  const file = `${binaryOf(arch)}.cdx.json`
  await go(['run', sbomTool, 'bin', '-json', '-noserial', '-output', file, binaryOf(arch)])
  const list = JSON.parse(readFileSync(file, 'utf8'))
  list.metadata.timestamp = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString()
  writeFileSync(file, `${JSON.stringify(list, null, 2)}\n`)
}

function checksums() {
  rmSync(join(out, 'parts'), { recursive: true })
  const lines = readdirSync(out)
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(out, name)))
          .digest('hex')}  ${name}\n`,
    )
  writeFileSync(join(out, 'SHA256SUMS'), lines.join(''))
  console.log(lines.join(''))
}

if (isScript(import.meta.url)) {
  await main(async () => {
    checkVersions()
    await installPackages()
    await release(['amd64', 'arm64'])
    for (const arch of ['amd64', 'arm64']) await sbom(arch)
    checksums()
  })
}

// Checks the release: builds it twice, judges the Debian package, and installs it in
// a throw-away copy of this machine.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { Failure, read, root, run } from './project.js'
import { binaryOf, checksums, folder, here, packageOf, release } from './release.js'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

export async function checkPackage() {
  await release([here])
  const place = mkdtempSync(join(tmpdir(), 'package-'))
  try {
    checkParts()
    checkWithTools(place)
    await install(place)
    await buildAgain(place)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function mustRun(command, args) {
  const text = read(command, args)
  if (text === null) throw new Failure(`${command} ${args.join(' ')} failed`)
  return text
}

/** The list of parts names what Go and npm brought, and has no time but the commit's. */
function checkParts() {
  const { components, metadata } = JSON.parse(readFileSync(`${binaryOf(here)}.cdx.json`, 'utf8'))
  for (const [name, library] of Object.entries({
    fiber: 'github.com/gofiber/fiber/v2',
    svelte: 'svelte',
    css: 'daisyui',
  })) {
    if (!components.some((part) => part.name === library && part.version))
      throw new Failure(`The list of parts lacks ${name}`)
  }
  if (components.some((part) => part.name === 'vitest')) throw new Failure('The list of parts names a tool')
  if (metadata.component.version !== version) throw new Failure(`The list of parts is of ${metadata.component.version}`)
}

function checkWithTools(place) {
  const found = read('lintian', ['--allow-root', '--fail-on', 'error,warning', packageOf(here)])
  if (found === null || found.trim() !== '') throw new Failure(`lintian has found something:\n${found ?? ''}`)
  const unpacked = join(place, 'unpacked')
  mustRun('dpkg-deb', ['--extract', packageOf(here), unpacked])
  // The unit names a program that is not installed here.
  const unit = readFileSync(join(unpacked, 'usr/lib/systemd/system/imagemaster.service'), 'utf8')
  const file = join(place, 'imagemaster.service')
  writeFileSync(file, unit.replace('/usr/bin/imagemaster', join(unpacked, 'usr/bin/imagemaster')))
  mustRun('systemd-analyze', ['verify', '--man=no', file])
  const judged = mustRun('systemd-analyze', ['security', '--offline=true', file])
  const exposure = /exposure level for \S+: ([0-9.]+)/.exec(judged)?.[1]
  if (!exposure || Number(exposure) > 1.5) throw new Failure(`The exposure of the unit is ${exposure}:\n${judged}`)
  console.log(`lintian finds nothing; the exposure of the unit is ${exposure}`)
}

/** Installs the package in a file system that lies over this one and is thrown away. */
async function install(place) {
  const copy = join(place, 'copy')
  mkdirSync(copy)
  const layers = `mount -t tmpfs none ${copy} && mkdir ${copy}/upper ${copy}/work ${copy}/system &&
    mount -t overlay none -o lowerdir=/,upperdir=${copy}/upper,workdir=${copy}/work ${copy}/system`
  const isolated = (script) => ['unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-ec', script]]
  if (process.getuid() !== 0 || read(...isolated(layers)) === null) {
    console.log('Not installed for a try: that needs root and overlay file systems')
    return
  }
  const [command, args] = isolated(`${layers}
    mount --rbind /dev ${copy}/system/dev
    mount -t proc none ${copy}/system/proc
    cp ${packageOf(here)} ${copy}/system/imagemaster.deb
    cp frontend/tools/deb/install.sh ${copy}/system/
    exec chroot ${copy}/system sh /install.sh /imagemaster.deb ${version} ${await freePort()}`)
  await run(command, args, { name: 'the installation', stdin: 'ignore' })
}

function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

/** The same sources in another folder give the same bytes. */
async function buildAgain(place) {
  const other = join(place, 'other')
  const files = mustRun('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'])
  for (const file of new Set(files.split('\0').filter((name) => name !== ''))) {
    mkdirSync(dirname(join(other, file)), { recursive: true })
    cpSync(join(root, file), join(other, file), { verbatimSymlinks: true })
  }
  symlinkSync(join(root, 'node_modules'), join(other, 'node_modules'))
  const env = {
    GIT_DIR: mustRun('git', ['rev-parse', '--absolute-git-dir']).trim(),
    GIT_WORK_TREE: other,
    GIT_OPTIONAL_LOCKS: '0',
  }
  await run(process.execPath, ['frontend/tools/release.js', here], { cwd: other, env, name: 'the second build' })
  const [first, second] = [checksums(folder), checksums(join(other, 'release'))]
  if (first !== second) throw new Failure(`A second build gives other bytes:\n${first}\n${second}`)
  console.log('A second build in another folder gives the same bytes')
}

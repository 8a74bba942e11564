// Checks the Debian package: makes it, unpacks it, runs the program from there, and
// looks at the unit, the scripts and the pages.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure, read, root } from './project.js'
import { here, release } from './release.js'

export async function checkPackage() {
  const place = mkdtempSync(join(tmpdir(), 'package-'))
  try {
    await release([here], join(place, 'release'))
    check(place)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function check(place) {
  const [name] = readdirSync(join(place, 'release')).filter((file) => file.endsWith('.deb'))
  const deb = join(place, 'release', name)
  const found = read('lintian', ['--allow-root', '--fail-on', 'warning', deb])
  if (found === null || found.trim() !== '') throw new Failure(`lintian has found something:\n${found ?? ''}`)
  console.log(`${name}: ${(statSync(deb).size / 1e6).toFixed(1)} MB`)
  unpack(place, deb)
}

/** Unpacks the package and checks what it holds. */
function unpack(place, deb) {
  const mustRun = (command, args) => {
    const text = read(command, args)
    if (text === null) throw new Failure(`${command} ${args.join(' ')} failed`)
    return text
  }
  mkdirSync(join(place, 'root'))
  mustRun('dpkg-deb', ['--raw-extract', deb, join(place, 'root')])
  const at = (path) => join(place, 'root', path)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (!mustRun(at('usr/bin/imagemaster'), ['version']).startsWith(`imagemaster ${version} (commit `)) {
    throw new Failure('The program of the package tells another version')
  }
  // The unit names a program that is not installed here.
  const unit = readFileSync(at('usr/lib/systemd/system/imagemaster.service'), 'utf8')
  const file = join(place, 'imagemaster.service')
  writeFileSync(file, unit.replace('/usr/bin/imagemaster', at('usr/bin/imagemaster')))
  mustRun('systemd-analyze', ['verify', '--man=no', file])
  const exposure = /exposure level for \S+: ([0-9.]+)/.exec(
    mustRun('systemd-analyze', ['security', '--offline=true', file]),
  )
  if (!exposure || Number(exposure[1]) > 2) throw new Failure(`The exposure of the unit is ${exposure?.[1]}`)
  for (const script of ['postinst', 'prerm', 'postrm']) mustRun('sh', ['-n', at(`DEBIAN/${script}`)])
  mustRun('systemd-sysusers', ['--dry-run', `--root=${at('')}`, at('usr/lib/sysusers.d/imagemaster.conf')])
  mustRun('bash', ['-n', at('usr/share/bash-completion/completions/imagemaster')])
  for (const page of ['man1/imagemaster.1.gz', 'man8/imagemaster-admin.8.gz']) {
    if (!existsSync(at(`usr/share/man/${page}`))) throw new Failure(`${page} is missing`)
  }
}

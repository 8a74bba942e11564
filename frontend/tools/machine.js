// The programs that the tests need besides Go and Node.js. With Debian's apt and
// the right to use it, missing ones are installed. Otherwise an error lists them.
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { cache, Failure, go, read, run } from './project.js'

const needed = [
  {
    program: 'mariadbd',
    packages: ['mariadb-server-core', 'mariadb-client-core'],
    purpose: 'the second database engine',
  },
  {
    program: 'mariadb-install-db',
    packages: ['mariadb-server-core', 'mariadb-client-core'],
    purpose: 'the second database engine',
  },
  { program: 'chromium', packages: ['chromium'], purpose: 'the browser tests', variable: 'CHROMIUM_PATH' },
  { program: 'zbarimg', packages: ['zbar-tools'], purpose: 'reading the QR code' },
  { program: 'oathtool', packages: ['oathtool'], purpose: 'one-time codes' },
  { program: 'nginx', packages: ['nginx-light'], purpose: 'the examples of a reverse proxy' },
  { program: 'openssl', packages: ['openssl'], purpose: 'the certificates of a reverse proxy' },
  { program: 'lintian', packages: ['lintian'], purpose: 'the Debian package' },
  { program: 'systemd-analyze', packages: ['systemd'], purpose: 'the unit of the service' },
  { program: 'zsh', packages: ['zsh'], purpose: 'the completion of commands' },
  { program: 'fish', packages: ['fish'], purpose: 'the completion of commands' },
  { program: 'pdftotext', packages: ['poppler-utils'], purpose: 'reading the backup code sheet' },
]

const caddy = 'github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9'

export async function installPrograms() {
  let missing = needed.filter(isMissing)
  if (missing.length === 0) return
  const packages = [...new Set(missing.flatMap((entry) => entry.packages))]
  const apt = aptCommand()
  if (apt) {
    console.log(`Installing ${packages.join(', ')}`)
    const [command, ...args] = apt
    await run(command, [...args, 'update', '-q'])
    await run(command, [...args, 'install', '-q', '--yes', '--no-remove', '--no-install-recommends', ...packages])
    missing = needed.filter(isMissing)
  }
  if (missing.length > 0) {
    const list = missing.map(
      ({ program, purpose, packages }) => `  ${program}: ${purpose} (Debian: ${packages.join(', ')})`,
    )
    throw new Failure(`These programs are missing:\n${list.join('\n')}`)
  }
}

/** Builds the proxy that Debian has in an old version only. Returns where it is. */
export async function installCaddy() {
  const folder = join(cache, `caddy-${caddy.split('@')[1]}`)
  if (!existsSync(join(folder, 'caddy'))) {
    console.log('Building Caddy')
    await go(['install', caddy], { env: { GOBIN: folder } })
  }
  return join(folder, 'caddy')
}

function isMissing({ program, variable }) {
  if (variable && process.env[variable]) return false
  // Debian puts servers into sbin, which is not in every PATH.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return !folders.some((folder) => isExecutable(join(folder, program)))
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Returns the command that can install packages without a prompt, or null. */
function aptCommand() {
  const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get']
  if (read('apt-get', ['--version']) === null) return null
  if (process.getuid?.() === 0) return quiet
  return read('sudo', ['-n', 'true']) === null ? null : ['sudo', '-n', ...quiet]
}

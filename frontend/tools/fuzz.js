// `npm run fuzz`: runs the fuzz targets of the Go code one after another. The
// arguments are the time for each, and packages or targets:
// npm run fuzz -- 10m api FuzzDSN
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import process from 'node:process'
import { cache, checkVersions, Failure, go, isScript, main, read, root } from './project.js'

const folder = join(cache, 'fuzz')

// Go reports this when the time ends while an input runs, although nothing was
// found.
const outOfTime = /^\s*context deadline exceeded$/m
const found = /Failing input written to|panic:|fuzzing process (hung|terminated)/

/**
 * Runs each target for the given time. A guided run is built with coverage
 * instrumentation for the fuzzer, which takes minutes the first time.
 */
export async function fuzz({ time, guided, names = [] }) {
  mkdirSync(folder, { recursive: true })
  // Two workers in all: one target with both, or two short ones with one each.
  const [atOnce, workers] = guided ? [1, '2'] : [2, '1']
  const failed = []
  let count = 0
  for (const place of packagesWithTargets()) {
    const program = join(folder, `${place.replaceAll(/\W+/g, '-')}.test`)
    if (names.length > 0 && !names.some((name) => name.startsWith('Fuzz') || place.endsWith(`/${name}`))) continue
    await go(['test', '-c', '-o', program, ...(guided ? ['-fuzz', '.'] : []), place])
    const targets = targetsOf(program).filter(
      (target) => names.length === 0 || names.some((name) => name === target || place.endsWith(`/${name}`)),
    )
    count += targets.length
    const next = async () => {
      for (let target = targets.shift(); target; target = targets.shift()) {
        if (!(await survives(program, place, target, { time, workers }))) failed.push(`${place} ${target}`)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, next))
  }
  if (count === 0) throw new Failure(`No fuzz target is called ${names.join(' or ')}`)
  if (failed.length > 0) throw new Failure(`Fuzzing found something:\n  ${failed.join('\n  ')}`)
  console.log(`${count} fuzz targets found nothing`)
}

function packagesWithTargets() {
  const files = readdirSync(join(root, 'backend'), { recursive: true }).map((name) => join(root, 'backend', name))
  const places = files
    .filter((file) => file.endsWith('_test.go') && /^func Fuzz\w+\(/m.test(readFileSync(file, 'utf8')))
    .map((file) => `./${relative(root, dirname(file)).replaceAll('\\', '/')}`)
  return [...new Set(places)].sort()
}

function targetsOf(program) {
  const listed = read(program, ['-test.list', '^Fuzz'])
  if (listed === null) throw new Failure(`${program} does not list its targets`)
  return listed.split('\n').filter((line) => line.startsWith('Fuzz'))
}

/** Runs one target and prints its output when it fails. */
async function survives(program, place, target, { time, workers }) {
  const began = Date.now()
  const args = ['-test.run', '^$', '-test.fuzz', `^${target}$`, '-test.fuzztime', time, '-test.parallel', workers]
  const { code, output } = await outcome(
    program,
    [...args, `-test.fuzzcachedir=${join(folder, 'inputs', place)}`],
    place,
  )
  const fine = code === 0 || (outOfTime.test(output) && !found.test(output))
  const tries = [...output.matchAll(/execs: (\d+)/g)].at(-1)?.[1] ?? 0
  console.log(
    `${fine ? 'ok    ' : 'FAILED'} ${place} ${target}: ${tries} tries in ${((Date.now() - began) / 1000).toFixed(1)} s`,
  )
  if (!fine) console.error(output.replaceAll(/^(.{500}).+$/gm, '$1…'))
  return fine
}

function outcome(program, args, place) {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd: join(root, place), stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => failed(new Failure(`${program} cannot be started: ${error.message}`)))
    child.on('close', (code) => done({ code, output }))
  })
}

if (isScript(import.meta.url)) {
  await main(async () => {
    checkVersions()
    const args = process.argv.slice(2)
    const time = args.find((arg) => /^\d+(\.\d+)?(s|m|h|x)$/.test(arg)) ?? '1m'
    await fuzz({ time, guided: true, names: args.filter((arg) => arg !== time) })
  })
}

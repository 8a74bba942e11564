// `npm run bench`: first what people wait for as a ratio to the least it can
// cost on this machine, then a day of attacks with what each got, how long
// refused sign-ins take, as medians of 100 tries of each kind, and the other Go
// benchmarks. Arguments go to go test instead; only the ratios, with eight
// rounds of each:
// npm run bench -- -bench Ratios -benchtime 8x -timeout 30m ./backend/api
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import process from 'node:process'
import { checkVersions, Failure, go, main } from './project.js'

const tmpfs = 0x01021994 // what Linux calls a file system in memory

await main(async () => {
  checkVersions()
  if (process.platform === 'linux' && statfsSync(tmpdir()).type === tmpfs) {
    throw new Failure(`${tmpdir()} is kept in memory: set TMPDIR to a folder on a disk, commits are measured there`)
  }
  const args = process.argv.slice(2)
  if (args.length > 0) {
    const packages = args.some((arg) => arg.startsWith('.')) ? [] : ['./...']
    return go(['test', '-run', '^$', '-bench', '.', '-benchmem', ...args, ...packages])
  }
  const bench = ['test', '-run', '^$', '-timeout', '30m', '-bench']
  await go([...bench, '^BenchmarkRatios$', '-benchtime', '8x', './backend/api'])
  const env = { IMAGEMASTER_TEST_ATTACK: '1' }
  await go(['test', '-count', '1', '-v', '-run', '^TestAttack', './backend/api'], { env })
  await go([...bench, '^BenchmarkRefusedSignIns$', '-benchtime', '100x', './backend/api'])
  await go([...bench, '.', '-skip', '^Benchmark(Ratios|RefusedSignIns)$', '-benchmem', './...'])
})

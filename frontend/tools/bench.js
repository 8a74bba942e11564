// `npm run bench`: the Go benchmarks, a day of attacks with what each got, and
// how long refused sign-ins take, as medians of 500 tries of each kind.
// Arguments go to go test, without the attacks and the sign-ins:
// npm run bench -- -count 10 ./backend/totp
import process from 'node:process'
import { checkVersions, go, main } from './project.js'

await main(async () => {
  checkVersions()
  const args = process.argv.slice(2)
  const packages = args.some((arg) => arg.startsWith('.')) ? [] : ['./...']
  if (args.length === 0) {
    process.env.IMAGEMASTER_TEST_ATTACK = '1'
    await go(['test', '-count', '1', '-v', '-run', '^TestAttack', './backend/api'])
    await go([
      'test',
      '-run',
      '^$',
      '-bench',
      '^BenchmarkRefusedSignIns$',
      '-benchtime',
      '500x',
      '-timeout',
      '30m',
      './backend/api',
    ])
  }
  await go(['test', '-run', '^$', '-bench', '.', '-benchmem', ...args, ...packages])
})

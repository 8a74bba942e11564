// `npm start` builds the product if it is out of date and runs it with the given
// arguments: npm start -- --listen 127.0.0.1:9000 --public-url http://localhost:9000
import { spawn } from 'node:child_process'
import process from 'node:process'
import { buildBinary, buildWeb } from './build.js'
import { binary, checkVersions, installPackages, main, root, whenAbandoned } from './project.js'

await main(async () => {
  checkVersions()
  await installPackages()
  await buildWeb()
  await buildBinary()
  serve(process.argv.slice(2))
})

function serve(args) {
  const child = spawn(binary, ['serve', ...args], { cwd: root, stdio: 'inherit' })
  // A terminal sends Ctrl-C to both processes. A second signal would end the
  // server before its requests are finished.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'))
  whenAbandoned(() => child.kill('SIGTERM'))
  child.on('error', (error) => {
    console.error(`${binary} cannot be started: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code) => {
    process.exitCode = code ?? 1
    process.removeAllListeners()
  })
}

// `npm run lint` checks format, style and types of the Go code and the front
// end. `npm run format` (the argument --write) corrects what it can. `npm test`
// runs the same checks.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { checkVersions, Failure, go, installPackages, isScript, main, read, root, run, tool } from './project.js'

const goSources = ['backend', 'frontend/tools/deb', ...readdirSync(root).filter((name) => name.endsWith('.go'))]
const web = join(root, 'frontend')
const webSources = [
  ...['src', 'e2e', 'tools', 'index.html', 'biome.json', 'tsconfig.json', 'playwright.config.ts'],
  ...['../vite.config.ts', '../package.json'],
]

export async function checkFormat() {
  const unformatted = read('gofmt', ['-l', ...goSources])
  if (unformatted === null) throw new Failure('gofmt failed: a Go file does not parse')
  if (unformatted !== '') throw new Failure(`gofmt would change these files (npm run format):\n${unformatted}`)
}

export const vet = () => go(['vet', './...'])

export const checkStyle = () => tool('@biomejs/biome', ['check', '--error-on-warnings', ...webSources], { cwd: web })

export async function checkTypes() {
  await tool('svelte-check', ['--tsconfig', './tsconfig.json', '--fail-on-warnings'], { cwd: web })
  await tool('typescript', ['--project', 'e2e'], { cwd: web })
}

async function format() {
  await run('gofmt', ['-w', ...goSources])
  await tool('@biomejs/biome', ['check', '--write', ...webSources], { cwd: web })
}

async function lint() {
  await checkFormat()
  await vet()
  await checkStyle()
  await checkTypes()
}

if (isScript(import.meta.url)) {
  await main(async () => {
    checkVersions()
    await installPackages()
    await (process.argv.includes('--write') ? format() : lint())
  })
}

// `npm run dev` as a front-end developer uses it: in a copy of the project, an
// edit of a Svelte file and of a Go file shows without anything being restarted
// by hand.
import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { anyPort } from './kit/product'

const root = resolve(import.meta.dirname, '../..')
const files = [
  'go.mod',
  'go.sum',
  'main.go',
  'embed.go',
  'package.json',
  'package-lock.json',
  'vite.config.ts',
  'backend',
  'frontend',
  'docs',
]
const leftOut = /[\\/](dist|node_modules|test-results)[\\/]./

// The copy gets ports of its own, as a developer may have the usual ones in use.
const ports = { 5173: anyPort(), 8080: anyPort() }
const sample = { 'gate: 8081': anyPort(), 'proxy: 8082': anyPort(), 'application: 8083': anyPort() }
const page = `http://localhost:${ports[5173]}`

let copy: string
let dev: ChildProcess
let output = ''

test.describe.configure({ mode: 'serial', timeout: 300_000 })

test.beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'imagemaster-dev-'))
  for (const name of files) {
    await cp(join(root, name), join(copy, name), {
      recursive: true,
      filter: (from) => !leftOut.test(from) || from.endsWith('.gitkeep'),
    })
  }
  for (const [usual, port] of Object.entries(ports)) {
    await edit('vite.config.ts', usual, String(port))
  }
  await edit('frontend/tools/dev.js', '5173', String(ports[5173]))
  for (const [usual, port] of Object.entries(sample)) {
    await edit('frontend/tools/sample.js', usual, usual.replace(/\d+/, String(port)))
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  const listen = ['--listen', `127.0.0.1:${ports[8080]}`]
  dev = spawn(process.execPath, [join(copy, 'frontend/tools/dev.js'), ...listen], { cwd: copy })
  for (const stream of [dev.stdout, dev.stderr]) stream?.on('data', (chunk) => (output += chunk))
})

test.afterAll(async () => {
  const ended = new Promise((done) => dev.on('close', done))
  dev.kill('SIGTERM')
  await ended
  await rm(copy, { recursive: true, force: true })
})

async function edit(name: string, from: string, to: string) {
  const path = join(copy, name)
  const text = await readFile(path, 'utf8')
  expect(text, `${name} has changed: mend this test`).toContain(from)
  await writeFile(path, text.replaceAll(from, to))
}

test('the sample application leads to the sign-in', async ({ page: tab }) => {
  await expect.poll(() => output, { timeout: 200_000 }).toContain('an application behind the gate')
  await tab.goto(`http://sample.localhost:${sample['proxy: 8082']}/report?x=1`)
  await expect(tab).toHaveURL(new RegExp(`^${page}/`))
  await expect(tab.getByRole('heading', { level: 1 })).toBeVisible()
})

test('an edit of a Svelte file and of a Go file shows', async ({ page: tab, request }) => {
  for (const sign of [/^server .*is ready at/m, /^web .*ready in/m]) {
    await expect.poll(() => output, { timeout: 200_000 }).toMatch(sign)
  }
  await tab.goto(`${page}/sign-in`)
  await expect(tab.getByRole('heading', { name: 'Sign in' })).toBeVisible()

  await edit('frontend/src/sign-in/SignIn.svelte', '</PageHead>', '</PageHead><p>Edited while running</p>')
  await expect(tab.getByText('Edited while running')).toBeVisible()

  await edit('backend/api/health.go', 'SendString("alive\\n")', 'SendString("edited\\n")')
  const answer = async () => (await request.get(`${page}/livez`, { failOnStatusCode: false })).text()
  await expect.poll(answer, { timeout: 200_000 }).toBe('edited\n')
})

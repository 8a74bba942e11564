// `npm test`: every check of the project, in the order in which they are
// cheapest to fail. Names pick some of them: npm test -- go browser
import { join } from 'node:path'
import process from 'node:process'
import { buildBinary, buildWeb } from './build.js'
import { fuzz } from './fuzz.js'
import { checkGenerated } from './generate.js'
import { checkLinks } from './links.js'
import { checkFormat, checkStyle, checkTypes, vet } from './lint.js'
import { installCaddy, installPrograms } from './machine.js'
import { checkPackage } from './package.js'
import { cache, checkVersions, Failure, go, installPackages, main, tool } from './project.js'

// The product with a clock that tests can move, built from the test binary.
const testServer = join(cache, 'imagemaster.test')

const sections = [
  { name: 'format', title: 'Go format', work: checkFormat },
  { name: 'links', title: 'Links of the documents', work: checkLinks },
  { name: 'vet', title: 'Go vet', work: vet },
  { name: 'generated', title: 'Generated files', work: checkGenerated },
  { name: 'style', title: 'Style of the front end', work: checkStyle },
  { name: 'types', title: 'Types of the front end', work: checkTypes },
  { name: 'unit', title: 'Unit tests of the front end', work: () => tool('vitest', ['run']) },
  { name: 'go', title: 'Go tests', work: testGo },
  { name: 'fuzz', title: 'Fuzz targets, shortly', work: () => fuzz({ time: '1s', guided: false }) },
  { name: 'package', title: 'Debian package', work: checkPackage },
  { name: 'browser', title: 'Browser tests', work: testBrowser },
]

await main(async () => {
  const wanted = chosen(process.argv.slice(2))
  heading('Preparations')
  checkVersions()
  await installPackages()
  await installPrograms()
  const failed = []
  for (const section of wanted) {
    const reason = await outcome(section)
    if (reason) failed.push(`  ${section.title}: ${reason.split('\n')[0]}`)
  }
  heading('Result')
  if (failed.length > 0) throw new Failure(`Failed:\n${failed.join('\n')}`)
  console.log(`All ${wanted.length} sections passed`)
})

function chosen(names) {
  const unknown = names.filter((name) => !sections.some((section) => section.name === name))
  if (unknown.length > 0) {
    throw new Failure(`Unknown section: ${unknown.join(', ')}. Known: ${sections.map(({ name }) => name).join(', ')}`)
  }
  return names.length === 0 ? sections : sections.filter(({ name }) => names.includes(name))
}

/** Runs one section and returns why it failed, so that the others still run. */
async function outcome({ title, work }) {
  heading(title)
  const began = Date.now()
  try {
    await work()
    console.log(`${title}: passed in ${((Date.now() - began) / 1000).toFixed(1)} s`)
    return null
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(error.message)
    return error.message
  }
}

function heading(title) {
  console.log(`\n== ${title} ${'='.repeat(Math.max(0, 68 - title.length))}`)
}

async function testGo() {
  const env = { IMAGEMASTER_TEST_REQUIRE_MARIADB: '1', IMAGEMASTER_TEST_CADDY: await installCaddy() }
  // The longest package takes minutes where the machine has other work.
  await go(['test', '-timeout', '30m', './...'], { env, stdin: 'ignore' })
}

async function testBrowser() {
  await buildWeb()
  await buildBinary()
  await go(['test', '-c', '-o', testServer, '.'])
  await tool('@playwright/test', ['test', '--config', 'frontend/playwright.config.ts'], { stdin: 'ignore' })
}

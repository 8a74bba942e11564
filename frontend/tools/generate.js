// `npm run generate`: the OpenAPI document from the Go code, and from it the
// TypeScript types of the API. Both are committed; `npm test` checks that they
// agree with the code.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, checkVersions, Failure, go, installPackages, isScript, main, root, tool } from './project.js'

const document = join(root, 'backend', 'api', 'openapi.json')
const types = join(root, 'frontend', 'src', 'lib', 'schema.d.ts')

// The document is compared by the same Go test that writes it here.
const writeDocument = () => go(['test', './backend/api', '-run', 'TestDocument', '-update'])

const writeTypes = (target) => tool('openapi-typescript', [document, '--output', target])

export async function checkGenerated() {
  const fresh = join(cache, 'schema.d.ts')
  mkdirSync(cache, { recursive: true })
  await writeTypes(fresh)
  if (readFileSync(fresh, 'utf8') !== readFileSync(types, 'utf8')) {
    throw new Failure('The types of the API are out of date: npm run generate')
  }
}

if (isScript(import.meta.url)) {
  await main(async () => {
    checkVersions()
    await installPackages()
    await writeDocument()
    await writeTypes(types)
  })
}

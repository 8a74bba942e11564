// The section `links` of `npm test`. In every Markdown file a relative link
// leads to a file and a heading that exist, and a link whose text names a test
// leads to the file that holds this test. docs/evidence.md has one line for
// each requirement.
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { Failure, isScript, main, read, root } from './project.js'

const evidence = 'docs/evidence.md'

// How many requirements each section of the checklist has.
const sections = { A: 17, B: 15, C: 14, D: 17, E: 13, F: 15, G: 21, H: 14, I: 17, J: 7, K: 7 }

const link = /\[((?:\\.|[^\]\\])*)\]\(([^()\s]*)\)/g
const external = /^[a-z][a-z\d+.-]*:/i
const goTest = /^((?:Test|Fuzz|Benchmark)[A-Z]\w*)(?:\/(.+))?$/
const title = /^["“](.+)["”]$/s

/**
 * Returns a sentence for each broken link.
 * @param paths all files of the project, from its root
 * @param text returns what a file holds
 */
export function brokenLinks(paths, text) {
  const broken = []
  for (const path of paths.filter((name) => name.endsWith('.md'))) {
    // Code is blanked, not removed, so that the lines keep their numbers.
    const document = text(path).replace(/^```.*?^```|`[^`\n]*`/gms, (code) => code.replace(/[^\n]/g, ' '))
    for (const { 1: label, 2: target, index } of document.matchAll(link)) {
      const reason = external.test(target) ? null : fault(paths, text, path, label.replace(/\\(.)/g, '$1'), target)
      if (reason) broken.push(`${path}:${document.slice(0, index).split('\n').length}: ${reason}`)
    }
  }
  return broken
}

/** Says what is wrong with one link, or null. */
function fault(paths, text, from, label, target) {
  const [address, anchor] = target.split('#')
  const to = address === '' ? from : posix.join(posix.dirname(from), address).replace(/\/$/, '')
  if (!paths.includes(to)) return paths.some((path) => path.startsWith(`${to}/`)) ? null : `there is no file ${to}`
  if (anchor !== undefined && !anchors(text(to)).includes(anchor)) return `${to} has no heading #${anchor}`
  return holdsTest(text(to), label) ? null : `${to} has no test ${label}`
}

/** Returns the anchors that GitHub gives to headings; the second of a name ends with -1. */
function anchors(markdown) {
  const headings = [...markdown.replace(/^```.*?^```/gms, '').matchAll(/^#{1,6} +(.+?) *$/gm)]
  const names = headings.map(([, heading]) => heading.toLowerCase().replace(/[^\p{L}\p{M}\p{N} _-]/gu, ''))
  return names.map((name, index) => {
    const earlier = names.slice(0, index).filter((other) => other === name).length
    return name.replaceAll(' ', '-') + (earlier ? `-${earlier}` : '')
  })
}

/** Tells whether the file holds the test that the label names, if it names one. */
function holdsTest(source, label) {
  const [, name, part] = goTest.exec(label) ?? []
  if (name) return source.includes(`\nfunc ${name}(`) && (!part || source.includes(`"${part}"`))
  const quoted = title.exec(label)?.[1].replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')
  // test.skip('…') and test.fixme('…') do not count, test.each(…)('…') does.
  const test = new RegExp(`(?:^\\s*test|\\))\\(\\s*(['"\`])${quoted}\\1`, 'm')
  return !quoted || test.test(source.replace(/\\(['"])/g, '$1'))
}

/** Returns a sentence for each requirement that the evidence lacks, repeats or does not show. */
export function requirementFaults(document) {
  const wanted = Object.entries(sections).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
  )
  const lines = [...document.matchAll(/^\| ([A-Z]+\d+) \| (?:MUST|SHOULD) \| .+ \| (.+) \|$/gm)]
  const found = lines.map(([, id]) => id)
  const bare = lines.filter(([, , shown]) => !/\]\(|\*\*(?:Deviation|Does not apply):\*\*/.test(shown))
  return [
    ...wanted.filter((id) => !found.includes(id)).map((id) => `there is no line ${id}`),
    ...found.filter((id) => !wanted.includes(id)).map((id) => `${id} is no requirement`),
    ...found.filter((id, index) => found.indexOf(id) < index).map((id) => `there is more than one line ${id}`),
    ...bare.map(([, id]) => `${id} names no test and no deviation`),
  ]
}

export async function checkLinks() {
  const listed = read('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  if (listed === null) throw new Failure('git cannot list the files of the project')
  const paths = listed.split('\0').filter((path) => path && existsSync(join(root, path)))
  const text = (path) => readFileSync(join(root, path), 'utf8')
  const broken = brokenLinks(paths, text)
  const faults = requirementFaults(text(evidence)).map((reason) => `${evidence}: ${reason}`)
  const all = [...broken, ...faults]
  if (all.length > 0) throw new Failure(`${all.length} faults in the documents:\n${all.join('\n')}`)
}

if (isScript(import.meta.url)) await main(checkLinks)

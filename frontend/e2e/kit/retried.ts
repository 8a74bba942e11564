// Names the browser tests that failed and then passed: each is a defect of a
// test or of the product, although the run passes.
import { relative } from 'node:path'
import type { FullConfig, Reporter, Suite } from '@playwright/test/reporter'

export default class Retried implements Reporter {
  private suite: Suite | undefined

  onBegin(_: FullConfig, suite: Suite) {
    this.suite = suite
  }

  onEnd() {
    const retried = this.suite?.allTests().filter((test) => test.outcome() === 'flaky') ?? []
    if (retried.length === 0) return
    console.log(`\nBrowser tests that passed only when tried again: ${retried.length}`)
    for (const { location, results, parent, title } of retried) {
      const place = `${relative(process.cwd(), location.file)}:${location.line}`
      const name = [...parent.titlePath().slice(3), title].join(' › ')
      console.log(`  ${place} › ${name} (${results.length} tries)`)
    }
  }

  printsToStdio() {
    return false
  }
}

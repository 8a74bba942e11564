// What the browser complains of and a person does not see: console messages,
// uncaught errors, failed requests, and what the content policy refused.
import type { BrowserContext } from '@playwright/test'

const failedRequest = /^Failed to load resource: the server responded with a status of (\d+)/

// Chromium reports that it obeyed the header of a sign-out.
const clearedCache = /^Clear-Site-Data header on '[^']*': Cleared data types: "cache"\.$/

export class BrowserLog {
  private readonly lines: string[] = []
  private readonly statuses = new Map<string, number>()
  private readonly expected: RegExp[] = []
  private readonly expectedStatuses = new Set<string>()

  /** Listens to every page of a context, those it opens later too. */
  async listen(context: BrowserContext) {
    context.on('console', (message) => this.heard(message.text(), message.type()))
    context.on('weberror', (error) => this.lines.push(`uncaught: ${error.error().message}`))
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy violation: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`)
      })
    })
  }

  /** Says that the browser will report answers with these statuses, which must happen. */
  expectStatus(...statuses: number[]) {
    for (const status of statuses) this.expectedStatuses.add(String(status))
  }

  /** Says that the console may show such a line, for what no status describes. */
  allow(line: RegExp) {
    this.expected.push(line)
  }

  /** Everything that was not expected, and every status that did not come. */
  complaints() {
    const unexpected = [...this.statuses.keys()].filter((status) => !this.expectedStatuses.has(status))
    const missing = [...this.expectedStatuses].filter((status) => !this.statuses.has(status))
    return [
      ...this.lines.filter((line) => !this.expected.some((pattern) => pattern.test(line))),
      ...unexpected.map((status) => `an answer with status ${status}`),
      ...missing.map((status) => `no answer with status ${status}, which was expected`),
    ]
  }

  private heard(text: string, type: string) {
    if (clearedCache.test(text)) return
    const status = failedRequest.exec(text)?.[1]
    if (status?.startsWith('4') || status === '503') this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
    else this.lines.push(`console ${type}: ${text}`)
  }
}

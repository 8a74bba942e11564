// Looks at one screen the way different people see it.
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const sizes = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
}

/**
 * Checks the present screen in light and dark, on desktop and phone: axe finds
 * nothing (WCAG 2.0 to 2.2 A and AA, best practices) and nothing runs over the
 * side, at 320 px neither.
 */
export async function checkScreen(page: Page) {
  const before = page.viewportSize() ?? sizes.desktop
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [name, size] of Object.entries(sizes)) {
      await page.setViewportSize(size)
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
        .analyze()
      expect(violations.map(summary), `${page.url()} in ${colorScheme} on a ${name}`).toEqual([])
      await expectNoOverflow(page)
    }
  }
  await page.setViewportSize({ width: 320, height: 640 })
  await expectNoOverflow(page)
  await page.emulateMedia({ colorScheme: null })
  await page.setViewportSize(before)
}

export async function expectNoOverflow(page: Page) {
  const tooWide = await page.evaluate(() => {
    // An open dialog scrolls by itself and hides what is too wide from the page.
    const boxes = [document.documentElement, ...document.querySelectorAll('dialog[open]')]
    const wide = boxes.find((box) => box.scrollWidth > box.clientWidth)
    return wide ? `${wide.tagName} is ${wide.scrollWidth} px wide` : ''
  })
  expect(tooWide, `${page.url()} at ${page.viewportSize()?.width} px`).toBe('')
}

function summary(violation: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }) {
  return `${violation.id}: ${violation.help}\n${violation.nodes.map((node) => `${node.html}\n${node.failureSummary}`).join('\n')}`
}

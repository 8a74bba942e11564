// Checks one screen for people who see or use it differently.
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { expectTabOrder } from './keyboard'
import { complaintsAbout } from './page-checks'

const sizes = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
}

/** A screen of 1280 × 1024 at 400 %. */
const magnified = { width: 320, height: 256 }

/**
 * Checks the present screen in light and dark, on desktop and phone: axe finds
 * nothing (WCAG 2.0 to 2.2 A and AA, best practices), every control is large
 * enough and has an edge, the tree says what is seen, and nothing runs over the
 * side. Then at 400 %, with wide text, with twice as large text and in forced
 * colours, once through with the Tab key.
 */
export async function checkScreen(page: Page) {
  const before = page.viewportSize() ?? sizes.desktop
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const size of Object.values(sizes)) {
      await page.setViewportSize(size)
      await checkPresentSize(page, colorScheme)
    }
  }
  await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' })
  await page.setViewportSize(magnified)
  expect(await complaintsAbout(page, 'forced colours'), `${page.url()} in forced colours`).toEqual([])
  await expectTabOrder(page)
  await page.emulateMedia({ forcedColors: null, colorScheme: null })
  await expectToReflow(page)
  await page.setViewportSize(before)
}

/** Checks the present screen in the size it has. */
export async function checkPresentSize(page: Page, colorScheme: 'light' | 'dark' = 'light') {
  const place = `${page.url()} in ${colorScheme} at ${page.viewportSize()?.width} px`
  const { violations } = await axeFor(page, colorScheme).analyze()
  expect(violations.map(summary), place).toEqual([])
  expect(await complaintsAbout(page, 'tree', 'targets', 'borders'), place).toEqual([])
  await expectNoOverflow(page)
}

/** All rules in light; of these only contrast depends on the colour scheme. */
function axeFor(page: Page, colorScheme: 'light' | 'dark') {
  const axe = new AxeBuilder({ page })
  if (colorScheme === 'dark') return axe.withRules(['color-contrast'])
  return axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
}

/** Nothing is cut or runs over the side at 400 %, with wide text, or with text alone twice as large. */
async function expectToReflow(page: Page) {
  await page.setViewportSize(magnified)
  expect(await complaintsAbout(page, 'clipped text'), `${page.url()} at 400 %`).toEqual([])
  await page.evaluate(wear, wideText)
  expect(await complaintsAbout(page, 'clipped text'), `${page.url()} with wide text`).toEqual([])
  await page.evaluate(wear, '')
  await page.setViewportSize(sizes.desktop)
  await page.evaluate(enlargeText, 2)
  expect(await complaintsAbout(page, 'clipped text'), `${page.url()} with text of 200 %`).toEqual([])
  await page.evaluate(enlargeText, null)
}

// WCAG 1.4.12
const wideText = `* {
  line-height: 1.5 !important;
  letter-spacing: 0.12em !important;
  word-spacing: 0.16em !important;
}
p { margin-bottom: 2em !important; }`

/** A style of the person's own, which the policy of the page does not concern. */
function wear(css: string) {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  document.adoptedStyleSheets = css === '' ? [] : [sheet]
}

/** Enlarges the text alone, as some browsers do. */
function enlargeText(times: number | null) {
  const looks = [...document.querySelectorAll<HTMLElement>('body *')].map((element) => {
    const { fontSize, lineHeight } = getComputedStyle(element)
    return { element, fontSize, lineHeight }
  })
  for (const { element, ...look } of looks) {
    for (const [name, size] of Object.entries(look)) {
      const property = name === 'fontSize' ? 'font-size' : 'line-height'
      if (times === null) element.style.removeProperty(property)
      else if (size.endsWith('px')) element.style.setProperty(property, `${Number.parseFloat(size) * times}px`)
    }
  }
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

/** Words that stand in nearly every English sentence, and in no German one of this product. */
const english =
  /(?<!\p{L})(the|and|of|to|is|are|was|with|for|from|this|that|you|your|nobody|people|members?)(?!\p{L})/giu

/** The page and all it says are German, also what only a screen reader says. */
export async function expectGerman(page: Page) {
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  const said = await page.evaluate(() => {
    const labels = [...document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')].flatMap((element) =>
      ['aria-label', 'title', 'placeholder', 'alt'].map((name) => element.getAttribute(name) ?? ''),
    )
    return [document.title, document.body.innerText, ...labels].join('\n')
  })
  expect(said.match(english) ?? [], `English words on ${page.url()}`).toEqual([])
}

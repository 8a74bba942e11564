// What a screen reader says by itself: the texts that come up in regions of the
// roles status and alert.
import type { Page } from '@playwright/test'

/** Listens from the next page on. */
export async function listenToAnnouncements(page: Page) {
  await page.addInitScript(() => {
    const said: string[] = []
    Object.assign(window, { said })
    const regions = '[role="status"], [role="alert"]'
    const latest = new WeakMap<Element, string>()
    function hear(region: Element) {
      const text = region.textContent?.trim().replace(/\s+/g, ' ') ?? ''
      // What lies behind an open dialog is out of the tree.
      const front = [...document.querySelectorAll('dialog[open]')].at(-1)
      if (text !== '' && text !== latest.get(region) && (!front || front.contains(region))) said.push(text)
      latest.set(region, text)
    }
    new MutationObserver((changes) => {
      const touched = new Set<Element>()
      for (const { target, addedNodes } of changes) {
        const around = (target instanceof Element ? target : target.parentElement)?.closest(regions)
        if (around) touched.add(around)
        for (const node of addedNodes) {
          if (!(node instanceof Element)) continue
          if (node.matches(regions)) touched.add(node)
          for (const region of node.querySelectorAll(regions)) touched.add(region)
        }
      }
      for (const region of touched) hear(region)
    }).observe(document, { childList: true, subtree: true, characterData: true })
  })
}

/** What has been said since the page was loaded. */
export function announced(page: Page) {
  return page.evaluate(() => (window as unknown as { said: string[] }).said)
}

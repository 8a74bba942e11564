// What a page costs.
import { expect, type Page, type Request } from '@playwright/test'

/** How many bytes of our files the browser loads while somebody opens a page. */
export async function costOf(page: Page, open: () => Promise<void>) {
  const origin = new URL(page.url()).origin
  const started = new Set<Request>()
  const ended = new Set<Request>()
  const start = (request: Request) => void started.add(request)
  const end = (request: Request) => void ended.add(request)
  page.on('request', start).on('requestfinished', end)
  await open()
  await expect.poll(() => [...started].filter((request) => !ended.has(request))).toEqual([])
  page.off('request', start).off('requestfinished', end)
  const files = [...started].filter((request) => request.url().startsWith(`${origin}/assets/`))
  const sizes = await Promise.all(files.map(async (request) => (await request.sizes()).responseBodySize))
  expect(sizes.length).toBeGreaterThan(0)
  return sizes.reduce((sum, size) => sum + size, 0)
}

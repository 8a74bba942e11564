import type { Request } from '@playwright/test'
import { BrowserLog } from './kit/browser-log'
import { expectPage } from './kit/steps'
import { expect, test } from './kit/test'

test('the first page is at most 40 KB in at most 6 requests, all from this origin', async ({ page, baseURL }) => {
  const finished: Request[] = []
  page.on('requestfinished', (request) => finished.push(request))
  await page.goto('/sign-in', { waitUntil: 'networkidle' })
  await expectPage(page, 'Sign in')
  const sizes = await Promise.all(
    finished.map(async (request) => ({
      url: request.url(),
      bytes: (await request.sizes()).responseBodySize,
      encoding: (await request.response())?.headers()['content-encoding'],
    })),
  )

  expect(sizes.filter(({ url }) => !url.startsWith(`${baseURL}/`))).toEqual([])
  const scripts = sizes.filter(({ url }) => /\.(js|css)$/.test(url))
  expect(scripts.length).toBeGreaterThan(0)
  expect(scripts.filter(({ encoding }) => encoding !== 'br')).toEqual([])
  expect(sizes.length, JSON.stringify(sizes, null, 1)).toBeLessThanOrEqual(6)
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  expect(total, JSON.stringify(sizes, null, 1)).toBeLessThanOrEqual(40_000)
})

test('the page comes with its policy, and a refused page is never another one', async ({ request }) => {
  const page = await request.get('/two-factor', { headers: { Accept: 'text/html' } })
  const policy = page.headers()['content-security-policy'] ?? ''
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).not.toContain('unsafe')
  for (const [path, status] of [
    ['/api/nothing', 404],
    ['/assets/nothing.js', 404],
    ['/.well-known/nothing', 404],
  ] as const) {
    const answer = await request.get(path, { headers: { Accept: 'text/html' } })
    expect(answer.status(), path).toBe(status)
    expect(await answer.text(), path).not.toContain('<script')
  }
})

test('what browsers and crawlers ask for by themselves is there', async ({ request }) => {
  const icon = await request.get('/favicon.ico')
  expect([icon.status(), icon.headers()['content-type']]).toEqual([200, 'image/x-icon'])
  expect((await icon.body()).subarray(0, 6).toString('hex'), 'an icon file with one picture').toBe('000001000100')
  const robots = await request.get('/robots.txt')
  expect([robots.status(), await robots.text()]).toEqual([200, 'User-agent: *\nDisallow: /\n'])
})

test('the browser refuses a script that the page did not bring', async ({ page, browserLog }) => {
  browserLog.allow(/policy violation|Content Security Policy|TrustedHTML|TrustedScript/)
  await page.goto('/sign-in')
  await expectPage(page, 'Sign in')
  const outcome = await page.evaluate(() => {
    const inline = document.createElement('script')
    let refused = false
    try {
      inline.textContent = 'window.attacked = true'
      document.head.append(inline)
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.attacked = true">')
    } catch {
      refused = true
    }
    return { refused, attacked: 'attacked' in window }
  })
  expect(outcome).toEqual({ refused: true, attacked: false })
})

const planted: Record<string, { plant: () => void; told: RegExp }> = {
  'an inline style': {
    plant: () => document.body.setAttribute('style', 'color: red'),
    told: /violation: style-src-attr inline/,
  },
  'a frame of another origin': {
    plant: () => {
      const frame = document.createElement('iframe')
      frame.src = 'https://evil.example/'
      document.body.append(frame)
    },
    told: /violation: frame-src https:\/\/evil\.example/,
  },
  'a request elsewhere': {
    plant: () => void fetch('https://evil.example/').catch(() => {}),
    told: /violation: connect-src https:\/\/evil\.example/,
  },
  'markup from a text': {
    plant: () => {
      try {
        document.body.innerHTML = '<b>planted</b>'
      } catch {
        // what the policy is for
      }
    },
    told: /violation: require-trusted-types-for trusted-types-sink/,
  },
  'a policy of its own': {
    plant: () => {
      const { trustedTypes } = window as unknown as {
        trustedTypes: { createPolicy(name: string, rules: object): void }
      }
      try {
        trustedTypes.createPolicy('planted', {})
      } catch {
        // what the policy is for
      }
    },
    told: /violation: trusted-types trusted-types-policy/,
  },
}

for (const [name, { plant, told }] of Object.entries(planted)) {
  test(`the log of the browser names ${name}`, async ({ browser, baseURL }) => {
    const context = await browser.newContext({ ...(baseURL && { baseURL }) })
    const browserLog = new BrowserLog()
    await browserLog.listen(context)
    const page = await context.newPage()
    await page.goto('/sign-in')
    await expectPage(page, 'Sign in')
    expect(browserLog.complaints()).toEqual([])
    await page.evaluate(plant)
    await expect.poll(() => browserLog.complaints().some((line) => told.test(line)), name).toBe(true)
    await context.close()
  })
}

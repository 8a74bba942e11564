import { defineConfig } from '@playwright/test'

// The system's Chromium: no tool of this project downloads a browser. The flags
// keep it from calling out, and let it run as root inside a container.
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  // A failed test is tried again in CI only, and the run names each that needed it.
  retries: process.env.CI ? 2 : 0,
  reporter: [['list'], ['./e2e/kit/retried.ts']],
  timeout: 240_000,
  // A hash and a sheet take their time when the machine has other work, too.
  expect: { timeout: 20_000 },
  use: {
    browserName: 'chromium',
    contextOptions: { reducedMotion: 'reduce' },
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width: 1440, height: 900 },
    actionTimeout: 20_000,
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
})

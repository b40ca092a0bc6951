// Two projects run the same scenarios: `embedded` (one process, SQLite) and `cluster` (web and worker apart, PostgreSQL and Redis). A third,
// `no-javascript`, does with plain forms what the others do by script.
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import type { ServerOptions } from './fixtures';

/** The browser that is installed; Playwright's own download where there is none. */
const chromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
);

/** Nothing of the browser's own goes out to the internet; as root it cannot use its sandbox. */
const args = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

export default defineConfig<object, ServerOptions>({
  testDir: '.',
  outputDir: 'test-results',
  // Each worker runs servers of its own beside a browser: more of them than cores only slows all down.
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes at the second attempt is a test that fails.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ...(process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [['json'] as const] : [])],
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    launchOptions: { args, ...(chromium ? { executablePath: chromium } : {}) },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    // There is no Redis to restart in it.
    { name: 'embedded', use: { system: 'embedded' }, testIgnore: /(no-javascript|tc07-.*)\.spec/ },
    // What a page looks like does not depend on what is behind it: once is enough.
    { name: 'cluster', use: { system: 'cluster' }, testIgnore: /(accessibility|card|narrow|no-javascript|print)\.spec/ },
    // No script runs at all.
    { name: 'no-javascript', use: { system: 'embedded', javaScriptEnabled: false }, testMatch: /no-javascript\.spec/ },
  ],
});

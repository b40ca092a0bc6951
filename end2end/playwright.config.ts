// Two projects run the same tests: `embedded` (one process on SQLite) and `cluster` (web and worker processes on PostgreSQL and Redis). A
// third, `no-javascript`, tests the plain forms with scripts disabled.
import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';
import type { ServerOptions } from './fixtures';

/** The installed browser; without one, Playwright's own download. */
const chromiumPath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
);

/** Keeps the browser's own services off the internet. As root, Chromium cannot use its sandbox. */
const chromiumArgs = [
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
  // Each worker runs a browser and servers of its own, so more workers would only slow all of them down.
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes only on a retry has failed.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ...(process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [['json'] as const] : [])],
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    launchOptions: { args: chromiumArgs, ...(chromiumPath ? { executablePath: chromiumPath } : {}) },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
  projects: [
    // TC7 restarts Redis, which this layout does not have.
    { name: 'embedded', use: { layout: 'embedded' }, testIgnore: /(no-javascript|tc07-.*)\.spec/ },
    // The excluded tests check how pages look, which does not depend on the layout.
    { name: 'cluster', use: { layout: 'cluster' }, testIgnore: /(accessibility|card|narrow|no-javascript|print)\.spec/ },
    { name: 'no-javascript', use: { layout: 'embedded', javaScriptEnabled: false }, testMatch: /no-javascript\.spec/ },
  ],
});

// Fixtures of all tests: a running system in the project's layout, browsers in which a console error fails the test, and a signed-up user.
import { copyFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type BrowserContext, test as base, type TestInfo } from '@playwright/test';
import { ConsoleErrors } from './support/console-errors';
import { MockYouTube } from './support/mock-youtube';
import { recordCards } from './support/recorder';
import { type Layout, startSystem, type System } from './support/system';
import { User } from './support/user';

/** Set by the project, or by `test.use` in a file. Tests of one worker with equal options share a server. */
export interface ServerOptions {
  layout: Layout;
  /** Environment variables, added to the tests' defaults. */
  settings: Record<string, string>;
}

interface TestFixtures {
  consoleErrors: ConsoleErrors;
  /** Opens a browser context of its own, for another user or another device. */
  newBrowserContext: () => Promise<BrowserContext>;
  /** Starts a cluster for this test alone, which it may break. */
  startCluster: (settings: Record<string, string>) => Promise<System>;
  /** A new user, signed up on `page`. */
  ann: User;
}

interface WorkerFixtures extends ServerOptions {
  server: System;
}

/** Copies the logs of a failed test's system beside its trace. */
async function saveLogs({ logs }: System, info: TestInfo): Promise<void> {
  if (info.status === info.expectedStatus) return;
  for (const log of logs) await copyFile(log, info.outputPath(basename(log)));
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  layout: ['embedded', { option: true, scope: 'worker' }],
  settings: [{}, { option: true, scope: 'worker' }],
  server: [
    async ({ layout, settings }, use) => {
      const server = await startSystem(layout, settings);
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  consoleErrors: async ({ server }, use, info) => {
    const consoleErrors = new ConsoleErrors();
    await use(consoleErrors);
    await saveLogs(server, info);
    consoleErrors.assertNone();
  },

  context: async ({ context, consoleErrors }, use) => {
    consoleErrors.watch(context);
    await recordCards(context);
    await use(context);
  },

  newBrowserContext: async ({ browser, consoleErrors, baseURL }, use) => {
    const opened: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
      opened.push(context);
      consoleErrors.watch(context);
      await recordCards(context);
      return context;
    });
    for (const context of opened) await context.close();
  },

  startCluster: async ({}, use, info) => {
    const systems: System[] = [];
    await use(async (settings) => {
      const system = await startSystem('cluster', settings);
      systems.push(system);
      return system;
    });
    for (const system of systems) {
      await saveLogs(system, info);
      await system.stop();
    }
  },

  ann: async ({ page }, use) => use(await User.signUp(page)),
});

/**
 * Titles come from a mock whose answers the test controls, so that a job goes exactly as far as the test lets it, however slow the machine
 * is. Videos are looked up one at a time, in the order of the file.
 */
export const testWithMockYouTube = test.extend<{ youtube: MockYouTube }, { workerYouTube: MockYouTube }>({
  workerYouTube: [
    async ({}, use) => {
      const youtube = await MockYouTube.start();
      await use(youtube);
      await youtube.stop();
    },
    { scope: 'worker' },
  ],
  settings: [async ({ workerYouTube }, use) => use({ ...workerYouTube.settings, WORKER_CONCURRENCY: '1' }), { scope: 'worker' }],
  context: async ({ context }, use) => {
    // With this source, pages load thumbnails from YouTube; tests must not.
    await context.route('https://i.ytimg.com/**', (route) => route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }));
    await use(context);
  },
  youtube: async ({ workerYouTube }, use) => {
    await use(workerYouTube);
    workerYouTube.reset();
  },
});

export { expect } from '@playwright/test';

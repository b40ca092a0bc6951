// What every scenario starts from: a running system of its layout, a browser that may print no error, and somebody to sign up.
import { copyFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type BrowserContext, test as base, type TestInfo } from '@playwright/test';
import { Guard } from './support/guard';
import { Person } from './support/person';
import { recordCards } from './support/recorder';
import { Source } from './support/source';
import { boot, type Layout, type System } from './support/system';

/** Set by the project, or by `test.use` in a file; servers are shared by tests with equal options. */
export interface ServerOptions {
  system: Layout;
  /** Settings on top of the tests' own, by their environment names. */
  settings: Record<string, string>;
}

interface TestFixtures {
  guard: Guard;
  /** Another browser, as another person would use it. */
  anotherBrowser: () => Promise<BrowserContext>;
  /** A cluster of this test's own, which it may hurt. */
  ownCluster: (settings: Record<string, string>) => Promise<System>;
  /** Somebody new, signed up on `page`. */
  ann: Person;
}

interface WorkerFixtures extends ServerOptions {
  server: System;
}

/** Logs of a system whose test failed lie beside its trace. */
async function keepLogs({ logs }: System, info: TestInfo): Promise<void> {
  if (info.status === info.expectedStatus) return;
  for (const log of logs) await copyFile(log, info.outputPath(basename(log)));
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  system: ['embedded', { option: true, scope: 'worker' }],
  settings: [{}, { option: true, scope: 'worker' }],
  server: [
    async ({ system, settings }, use) => {
      const server = await boot(system, settings);
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  guard: async ({ server }, use, info) => {
    const guard = new Guard();
    await use(guard);
    await keepLogs(server, info);
    guard.check();
  },

  context: async ({ context, guard }, use) => {
    guard.watch(context);
    await recordCards(context);
    await use(context);
  },

  anotherBrowser: async ({ browser, guard, baseURL }, use) => {
    const opened: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
      opened.push(context);
      guard.watch(context);
      await recordCards(context);
      return context;
    });
    for (const context of opened) await context.close();
  },

  ownCluster: async ({}, use, info) => {
    const systems: System[] = [];
    await use(async (settings) => {
      const system = await boot('cluster', settings);
      systems.push(system);
      return system;
    });
    for (const system of systems) {
      await keepLogs(system, info);
      await system.stop();
    }
  },

  ann: async ({ page }, use) => use(await Person.signUp(page)),
});

/**
 * Titles come from a source that a test holds, so that a job goes as far as the test lets it, however slow the machine is. One is asked for
 * after the other, in the order of the file.
 */
export const paced = test.extend<{ source: Source }, { oneSource: Source }>({
  oneSource: [
    async ({}, use) => {
      const source = await Source.start();
      await use(source);
      await source.stop();
    },
    { scope: 'worker' },
  ],
  settings: [async ({ oneSource }, use) => use({ ...oneSource.settings, WORKER_CONCURRENCY: '1' }), { scope: 'worker' }],
  context: async ({ context }, use) => {
    // Such a source has thumbnails, too.
    await context.route('https://i.ytimg.com/**', (picture) => picture.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }));
    await use(context);
  },
  source: async ({ oneSource }, use) => {
    await use(oneSource);
    oneSource.reset();
  },
});

export { expect } from '@playwright/test';

// Page performance: load times and sizes, latency of live updates, and memory.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { measureMemory } from '../support/internals';
import { AVAILABLE_IDS, csvFile } from '../support/samples';
import { startSystem, type System } from '../support/system';
import { User } from '../support/user';
import { collectPageMetrics, type PageMetrics } from './page-metrics';
import { progressUpdate, Publisher } from './publisher';
import { formatKilobytes, formatMegabytes, formatMs, percentile, printRow } from './table';

/** Cold loads of each page; each is followed by a warm one. */
const LOADS_PER_PAGE = 15;
/** Jobs that run at the same time. */
const CARDS = 10;
const UPDATES_PER_SECOND = 50;
const DURATION_SECONDS = 20;
/** 50 per second for an hour. */
const MEMORY_TEST_UPDATES = 180_000;

let system: System;
test.beforeAll(async () => {
  system = await startSystem('cluster', { DEMO_SPEED: '50' });
});
test.afterAll(() => system.stop());

/** Signs a new user up and imports a list of twenty videos. */
async function signUpWithList(browser: Browser): Promise<{ page: Page; listPath: string }> {
  const page = await browser.newPage({ baseURL: system.url });
  const ann = await User.signUp(page);
  const listPath = `/lists/${await ann.createList('Twenty')}`;
  const job = await ann.importFile(csvFile('twenty.csv', AVAILABLE_IDS));
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', /^completed/, { timeout: 30_000 });
  return { page, listPath };
}

type Load = PageMetrics & { bytesByType: Map<string, number> };

/** Loads a page twice with this session, in a browser context with an empty cache. */
async function loadTwice(browser: Browser, session: Page, path: string): Promise<{ cold: Load; warm: Load }> {
  const context = await browser.newContext({ baseURL: system.url, storageState: await session.context().storageState() });
  await collectPageMetrics(context);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  let bytesByType = new Map<string, number>();
  const types = new Map<string, string>();
  devtools.on('Network.responseReceived', ({ requestId, response }) => types.set(requestId, response.mimeType));
  // Cached files have an encoded length of zero.
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const type = (types.get(requestId) ?? '').replace(/^.*[/]/, '');
    if (encodedDataLength > 0) bytesByType.set(type, (bytesByType.get(type) ?? 0) + encodedDataLength);
  });
  const load = async (): Promise<Load> => {
    bytesByType = new Map();
    await page.goto(path);
    // Paints are reported only after their frame.
    await page.waitForFunction(() => window.pageMetrics.readyMs > 0 && window.pageMetrics.largestPaintMs > 0);
    return { ...(await page.evaluate(() => window.pageMetrics)), bytesByType };
  };
  const loads = { cold: await load(), warm: await load() };
  await context.close();
  return loads;
}

test('page loads', async ({ browser }) => {
  const { page, listPath } = await signUpWithList(browser);
  for (const [name, path] of [['landing page', '/'], ['lists', '/lists'], ['one list', listPath]] as const) {
    const loads: Awaited<ReturnType<typeof loadTwice>>[] = [];
    for (let load = 0; load < LOADS_PER_PAGE; load += 1) loads.push(await loadTwice(browser, page, path));
    for (const kind of ['cold', 'warm'] as const) {
      const summarize = (metric: (load: PageMetrics) => number) => {
        const values = loads.map((load) => metric(load[kind]));
        return `${formatMs(percentile(values, 0.5))} (slowest ${formatMs(Math.max(...values))})`;
      };
      printRow(`${name}, ${kind}: usable`, summarize(({ readyMs }) => readyMs));
      printRow(`${name}, ${kind}: first paint, largest paint`, `${summarize(({ firstPaintMs }) => firstPaintMs)}, ${summarize(({ largestPaintMs }) => largestPaintMs)}`);
      // Lighthouse's total blocking time.
      printRow(`${name}, ${kind}: blocked by long tasks`, summarize(({ longTasksMs }) => longTasksMs.reduce((sum, task) => sum + task - 50, 0)));
      printRow(`${name}, ${kind}: layout shift, at worst`, Math.max(...loads.map((load) => load[kind].layoutShift)).toFixed(3));
      printRow(`${name}, ${kind}: transferred`, [...(loads[0]?.[kind].bytesByType ?? [])].map(([type, count]) => `${type} ${formatKilobytes(count)}`).join(', '));
    }
  }
  await page.close();
});

test(`${UPDATES_PER_SECOND} updates a second`, async ({ browser }) => {
  const context = await browser.newContext({ baseURL: system.url });
  await collectPageMetrics(context);
  const page = await context.newPage();
  const ann = await User.signUp(page);
  const { id } = (await (await page.request.get('/api/auth/me')).json()) as { id: string };
  const redis = await Publisher.connect(process.env.TEST_REDIS_URL ?? '');
  const jobs = Array.from({ length: CARDS }, () => randomUUID());
  const total = UPDATES_PER_SECOND * DURATION_SECONDS;
  // Creates the cards first, so that only updates are measured.
  for (const job of jobs) redis.publish(id, progressUpdate(job, 1, total, 'waiting'));
  await expect(page.locator('article.job-card')).toHaveCount(CARDS);
  await page.evaluate(() => (window.pageMetrics.longTasksMs = []));
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const readBusySeconds = async () => (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;

  const [busyBefore, start] = [await readBusySeconds(), performance.now()];
  for (let sent = 0; sent < total; sent += 1) {
    const delay = start + (sent * 1000) / UPDATES_PER_SECOND - performance.now();
    if (delay > 0) await sleep(delay);
    redis.publish(id, progressUpdate(jobs[sent % CARDS] ?? '', 2 + Math.floor(sent / CARDS), total, `at ${Date.now()}`));
  }
  await expect(page.getByText(`${1 + total / CARDS}/${total} videos`)).toHaveCount(CARDS, { timeout: 10_000 });
  const busyPercent = (100 * (await readBusySeconds() - busyBefore) * 1000) / (performance.now() - start);
  const { longTasksMs, latenciesMs } = await page.evaluate(() => window.pageMetrics);
  const label = `${UPDATES_PER_SECOND} updates a second over ${CARDS} cards`;
  // A page that falls behind gets only the newest state of each card, so fewer updates than were published.
  printRow(`${label}: published to painted`, `${latenciesMs.length} of ${total}, p50 ${formatMs(percentile(latenciesMs, 0.5))}, p99 ${formatMs(percentile(latenciesMs, 0.99))}`);
  printRow(`${label}: tasks over 50 ms in ${DURATION_SECONDS} s`, longTasksMs.length === 0 ? 'none' : `${longTasksMs.length}, longest ${formatMs(Math.max(...longTasksMs))}`);
  printRow(`${label}: main thread busy`, `${busyPercent.toFixed(1)} %`);
  redis.close();
  await ann.page.context().close();
});

test('memory', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: system.url });
  await collectPageMetrics(context);
  const page = await context.newPage();
  await User.signUp(page);
  const before = await measureMemory(page);
  // Dispatched in the page: over the network, the server would drop most of them in favour of newer ones.
  await page.evaluate(
    async ([jobs, count]) => {
      const total = count / jobs.length;
      for (let sent = 0; sent < count; sent += 1) {
        const seq = 1 + Math.floor(sent / jobs.length);
        const failed = seq % 20 === 0;
        const message = failed ? `Error on video ${seq}/${total}: Video is private` : `Processing video ${seq}/${total}`;
        const state = {
          job_id: jobs[sent % jobs.length], status: 'processing', progress: Math.floor((100 * seq) / total), current_video: seq, total_videos: total, message,
          video_id: crypto.randomUUID(), seq, created_at: new Date().toISOString(), eta_seconds: total - seq, ...(failed ? { error: 'Video is private' } : {}),
        };
        window.progressSocket?.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(state) }));
        // Yields to the page after each batch.
        if (sent % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
    [Array.from({ length: CARDS }, () => randomUUID()), MEMORY_TEST_UPDATES] as const,
  );
  await expect(page.locator('article.job-card').first().getByText(`${MEMORY_TEST_UPDATES / CARDS}/${MEMORY_TEST_UPDATES / CARDS} videos`)).toBeVisible();
  const after = await measureMemory(page);
  printRow('memory, lists page: JavaScript + WASM', `${formatMegabytes(before.js)} + ${formatMegabytes(before.wasm)}`);
  printRow(`memory after ${MEMORY_TEST_UPDATES} updates of ${CARDS} jobs`, `${formatMegabytes(after.js)} + ${formatMegabytes(after.wasm)}`);
  await context.close();
});

// The page's figures: how soon it can be used, what it loads, how it keeps up, and what it keeps in memory.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Browser, expect, type Page, test } from '@playwright/test';
import { Person } from '../support/person';
import { csv, FOUND } from '../support/samples';
import { boot, type System } from '../support/system';
import { kB, MB, ms, percentile, row } from './figures';
import { type Findings, probe } from './probe';
import { Publisher, update } from './publisher';

/** Loads of each page, each followed by a second one. */
const LOADS = 15;
/** Cards that move at the same moment. */
const CARDS = 10;
const UPDATES_A_SECOND = 50;
const SECONDS = 20;
/** 50 a second for an hour. */
const MANY = 180_000;

let system: System;
test.beforeAll(async () => {
  system = await boot('cluster', { DEMO_SPEED: '50' });
});
test.afterAll(() => system.stop());

/** A page of somebody new, with a list of twenty videos; tells the list's address. */
async function somebody(browser: Browser): Promise<{ page: Page; list: string }> {
  const page = await browser.newPage({ baseURL: system.url });
  const ann = await Person.signUp(page);
  const list = `/lists/${await ann.createList('Twenty')}`;
  const job = await ann.upload(csv('twenty.csv', FOUND));
  await expect(ann.card(job)).toHaveAttribute('data-status', /^completed/, { timeout: 30_000 });
  return { page, list };
}

type Load = Findings & { bytes: Map<string, number> };

/** Loads an address with this session, twice, in a browser context that has loaded nothing yet; tells what each found and what came. */
async function loadTwice(browser: Browser, session: Page, path: string): Promise<{ cold: Load; warm: Load }> {
  const context = await browser.newContext({ baseURL: system.url, storageState: await session.context().storageState() });
  await probe(context);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  let bytes = new Map<string, number>();
  const types = new Map<string, string>();
  devtools.on('Network.responseReceived', ({ requestId, response }) => types.set(requestId, response.mimeType));
  // Nothing comes over the wire for what the browser has kept.
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const type = (types.get(requestId) ?? '').replace(/^.*[/]/, '');
    if (encodedDataLength > 0) bytes.set(type, (bytes.get(type) ?? 0) + encodedDataLength);
  });
  const load = async (): Promise<Load> => {
    bytes = new Map();
    await page.goto(path);
    // The observers are told of paints after the frame.
    await page.waitForFunction(() => window.findings.readyMs > 0 && window.findings.largestPaintMs > 0);
    return { ...(await page.evaluate(() => window.findings)), bytes };
  };
  const loads = { cold: await load(), warm: await load() };
  await context.close();
  return loads;
}

test('loads', async ({ browser }) => {
  const { page, list } = await somebody(browser);
  for (const [name, path] of [['landing page', '/'], ['lists', '/lists'], ['one list', list]] as const) {
    const loads: Awaited<ReturnType<typeof loadTwice>>[] = [];
    for (let load = 0; load < LOADS; load += 1) loads.push(await loadTwice(browser, page, path));
    for (const kind of ['cold', 'warm'] as const) {
      const of = (figure: (load: Findings) => number) => {
        const all = loads.map((load) => figure(load[kind]));
        return `${ms(percentile(all, 0.5))} (slowest ${ms(Math.max(...all))})`;
      };
      row(`${name}, ${kind}: usable`, of(({ readyMs }) => readyMs));
      row(`${name}, ${kind}: first paint, largest paint`, `${of(({ firstPaintMs }) => firstPaintMs)}, ${of(({ largestPaintMs }) => largestPaintMs)}`);
      // What Lighthouse calls total blocking time.
      row(`${name}, ${kind}: blocked by long tasks`, of(({ longTasksMs }) => longTasksMs.reduce((sum, task) => sum + task - 50, 0)));
      row(`${name}, ${kind}: layout shift, at worst`, Math.max(...loads.map((load) => load[kind].layoutShift)).toFixed(3));
      row(`${name}, ${kind}: transferred`, [...(loads[0]?.[kind].bytes ?? [])].map(([type, count]) => `${type} ${kB(count)}`).join(', '));
    }
  }
  await page.close();
});

test(`${UPDATES_A_SECOND} updates a second`, async ({ browser }) => {
  const context = await browser.newContext({ baseURL: system.url });
  await probe(context);
  const page = await context.newPage();
  const ann = await Person.signUp(page);
  const { id } = (await (await page.request.get('/api/auth/me')).json()) as { id: string };
  const redis = await Publisher.connect(process.env.TEST_REDIS_URL ?? '');
  const jobs = Array.from({ length: CARDS }, () => randomUUID());
  const total = UPDATES_A_SECOND * SECONDS;
  // The cards first: what is measured is how they move.
  for (const job of jobs) redis.publish(id, update(job, 1, total, 'waiting'));
  await expect(page.locator('article.job-card')).toHaveCount(CARDS);
  await page.evaluate(() => (window.findings.longTasksMs = []));
  const devtools = await context.newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;

  const [busyBefore, begin] = [await busy(), performance.now()];
  for (let sent = 0; sent < total; sent += 1) {
    const pause = begin + (sent * 1000) / UPDATES_A_SECOND - performance.now();
    if (pause > 0) await wait(pause);
    redis.publish(id, update(jobs[sent % CARDS] ?? '', 2 + Math.floor(sent / CARDS), total, `at ${Date.now()}`));
  }
  await expect(page.getByText(`${1 + total / CARDS}/${total} videos`)).toHaveCount(CARDS, { timeout: 10_000 });
  const share = (100 * (await busy() - busyBefore) * 1000) / (performance.now() - begin);
  const { longTasksMs, latenciesMs } = await page.evaluate(() => window.findings);
  const what = `${UPDATES_A_SECOND} updates a second over ${CARDS} cards`;
  // A page that is late sees the newest state of a card and none of those before it.
  row(`${what}: published to painted`, `${latenciesMs.length} of ${total}, p50 ${ms(percentile(latenciesMs, 0.5))}, p99 ${ms(percentile(latenciesMs, 0.99))}`);
  row(`${what}: tasks over 50 ms in ${SECONDS} s`, longTasksMs.length === 0 ? 'none' : `${longTasksMs.length}, longest ${ms(Math.max(...longTasksMs))}`);
  row(`${what}: main thread busy`, `${share.toFixed(1)} %`);
  redis.close();
  await ann.page.context().close();
});

test('memory', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: system.url });
  await probe(context);
  const page = await context.newPage();
  await Person.signUp(page);
  const devtools = await context.newCDPSession(page);
  const heap = async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await devtools.send('Runtime.getHeapUsage');
    return { js: usedSize, wasm: await page.evaluate(() => window.wasm?.buffer.byteLength ?? 0) };
  };
  const before = await heap();
  // Straight into the socket's listeners: over the wire most would be replaced by newer ones before they are sent.
  await page.evaluate(
    async ([jobs, many]) => {
      const total = many / jobs.length;
      for (let sent = 0; sent < many; sent += 1) {
        const seq = 1 + Math.floor(sent / jobs.length);
        const failed = seq % 20 === 0;
        const message = failed ? `Error on video ${seq}/${total}: Video is private` : `Processing video ${seq}/${total}`;
        const state = {
          job_id: jobs[sent % jobs.length], status: 'processing', progress: Math.floor((100 * seq) / total), current_video: seq, total_videos: total, message,
          video_id: crypto.randomUUID(), seq, created_at: new Date().toISOString(), eta_seconds: total - seq, ...(failed ? { error: 'Video is private' } : {}),
        };
        window.progressSocket?.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(state) }));
        // A frame's worth, then the page's turn.
        if (sent % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
    [Array.from({ length: CARDS }, () => randomUUID()), MANY] as const,
  );
  await expect(page.locator('article.job-card').first().getByText(`${MANY / CARDS}/${MANY / CARDS} videos`)).toBeVisible();
  const after = await heap();
  row('memory, lists page: JavaScript + WASM', `${MB(before.js)} + ${MB(before.wasm)}`);
  row(`memory after ${MANY} updates of ${CARDS} jobs`, `${MB(after.js)} + ${MB(after.wasm)}`);
  await context.close();
});

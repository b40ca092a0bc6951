// TC9: cards of ended jobs disappear for good after five minutes, and the memory of a page does not grow over a day of jobs.
import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import type { ProgressUpdate } from './support/api';
import { exposeInternals, injectUpdates, measureMemory } from './support/internals';
import { AVAILABLE_IDS, csvFile } from './support/samples';
import { routeSockets } from './support/sockets';
import { User } from './support/user';

// A trace would keep data in the page, which the memory test would measure.
test.use({ settings: { DEMO_SPEED: '8' }, trace: 'off' });

/** 792 a day. */
const JOBS_PER_HOUR = 33;
const VIDEOS_PER_JOB = 20;

/** For 594 jobs, in bytes: 420 each, a quarter of which is the JavaScript engine's own bookkeeping. */
const MAX_JS_GROWTH = 250_000;
/** One page of WebAssembly memory, which grows by whole pages: 110 bytes per job. */
const MAX_WASM_GROWTH = 65_536;
/** Less than one node per job. */
const MAX_NODE_GROWTH = 200;

test('TC9: card of an ended job disappears after five minutes and does not come back', async ({ page }) => {
  await page.clock.install();
  const sockets = await routeSockets(page);
  const ann = await User.signUp(page);
  await ann.createList('Ten');
  await ann.waitUntilLive();
  const job = await ann.importFile(csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10)));
  const card = ann.jobCard(job);
  await expect(card).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });

  await page.clock.fastForward('04:00');
  await expect(card).toBeVisible();
  await page.clock.fastForward('02:00');
  await expect(card).toHaveCount(0);

  await test.step('a snapshot that still contains the job does not bring its card back', async () => {
    await ann.waitUntilLive();
    await sockets.at(-1)?.disconnect();
    const before = sockets.length;
    await page.getByRole('button', { name: 'Retry now' }).click();
    await ann.waitUntilLive();
    // By the server's clock the job ended a moment ago, so the snapshot contains it.
    await expect.poll(() => sockets.slice(before).some(({ frames }) => frames.some((frame) => frame.includes(job)))).toBe(true);
    await page.clock.runFor(1_000);
    await expect(card).toHaveCount(0);
    await expect(page.getByRole('region', { name: 'Active jobs' })).toBeHidden();
  });

  await test.step('the job and its receipt are still on the jobs page', async () => {
    await page.getByRole('link', { name: 'Jobs', exact: true }).click();
    await page.getByRole('link', { name: 'ten.csv' }).click();
    await expect(page).toHaveURL(new RegExp(`/jobs/${job}$`));
    const lines = page.getByRole('region', { name: 'Receipt' }).getByRole('table').getByRole('row');
    await expect(lines.filter({ hasText: 'Succeeded' })).toHaveCount(10);
  });
});

/** All states of a job in this list; every tenth video is private. */
function jobStates(list: string): ProgressUpdate[] {
  const job = { job_id: randomUUID(), list_id: list, total_videos: VIDEOS_PER_JOB };
  const states: ProgressUpdate[] = [{ ...job, status: 'pending', progress: 0, current_video: 0, message: 'Starting processing...', seq: 1 }];
  let failed = {};
  for (let done = 1; done <= VIDEOS_PER_JOB; done += 1) {
    const video = randomUUID();
    const fails = done % 10 === 0;
    if (fails) failed = { failed_videos: done / 10, last_error: { video_id: video, text: 'Video is private' } };
    const message = fails ? `Error on video ${done}/${VIDEOS_PER_JOB}: Video is private` : `Processing video ${done}/${VIDEOS_PER_JOB}`;
    const details = { video_id: video, ...(fails ? { error: 'Video is private' } : {}), eta_seconds: 6 * (VIDEOS_PER_JOB - done) };
    states.push({ ...job, status: 'processing', progress: (100 * done) / VIDEOS_PER_JOB, current_video: done, message, seq: done + 1, ...details, ...failed });
  }
  const message = `Completed: ${VIDEOS_PER_JOB - VIDEOS_PER_JOB / 10} succeeded, ${VIDEOS_PER_JOB / 10} failed`;
  return [...states, { ...job, status: 'completed_with_errors', progress: 100, current_video: VIDEOS_PER_JOB, message, seq: VIDEOS_PER_JOB + 2, ...failed }];
}

/** Injects a whole job and skips the 110 s it takes, in two parts: after a minute of silence the page would reconnect. */
async function runJob(page: Page, list: string): Promise<void> {
  const states = jobStates(list);
  for (const part of [states.slice(0, 11), states.slice(11)]) {
    await injectUpdates(page, part);
    await page.clock.fastForward(55_000);
  }
}

test('TC9: memory of a page does not grow over a day of jobs', async ({ browser, baseURL, consoleErrors }) => {
  test.setTimeout(300_000);
  // The context fixture records card states in the page, which would be measured; this one does not.
  const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
  consoleErrors.watch(context);
  await exposeInternals(context);
  const page = await context.newPage();
  await page.clock.install();
  const ann = await User.signUp(page);
  const list = await ann.createList('A day');
  await ann.waitUntilLive();
  const runHours = async (count: number) => {
    for (let jobs = 0; jobs < count * JOBS_PER_HOUR; jobs += 1) await runJob(page, list);
    // Only the jobs of the last minutes.
    await expect(page.locator('article.job-card')).toHaveCount(3);
    return measureMemory(page);
  };

  // By now all code is compiled, every buffer has its final size, and the first tombstones have expired.
  const baseline = await runHours(6);
  const final = await runHours(18);
  expect(baseline.wasm, 'WebAssembly memory is measured').toBeGreaterThan(0);
  const growth = { js: final.js - baseline.js, wasm: final.wasm - baseline.wasm, nodes: final.nodes - baseline.nodes };
  expect(growth.js, 'JavaScript heap, bytes').toBeLessThan(MAX_JS_GROWTH);
  expect(growth.wasm, 'WebAssembly memory, bytes').toBeLessThanOrEqual(MAX_WASM_GROWTH);
  expect(growth.nodes, 'DOM nodes, attached or detached').toBeLessThan(MAX_NODE_GROWTH);
  await context.close();
});

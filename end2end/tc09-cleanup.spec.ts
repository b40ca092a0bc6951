// TC9: what has ended goes by itself. A card after five minutes, for good; and a page that stays open for a day holds no more at its end.
import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import type { ProgressUpdate } from './support/api';
import { held, reveal, tell } from './support/inside';
import { Person } from './support/person';
import { csv, FOUND } from './support/samples';

// A trace takes notes inside the page, and those would be measured, too.
test.use({ settings: { DEMO_SPEED: '8' }, trace: 'off' });

/** 792 a day. */
const JOBS_AN_HOUR = 33;
const VIDEOS = 20;

/** What 594 jobs may leave behind, in bytes: 420 each, of which the engine's own notes take a quarter. */
const JS_MAY_GROW = 250_000;
/** One page of the module's memory, which grows by whole pages: 110 bytes a job. */
const WASM_MAY_GROW = 65_536;
/** Less than one a job. */
const NODES_MAY_GROW = 200;

test('TC9 a card that ended goes after five minutes, and stays away', async ({ page }) => {
  await page.clock.install();
  const told: string[][] = [];
  let cut = async () => {};
  await page.routeWebSocket(/\/api\/ws\/progress/, (socket) => {
    const server = socket.connectToServer();
    const frames: string[] = [];
    told.push(frames);
    server.onMessage((frame) => {
      frames.push(String(frame));
      socket.send(frame);
    });
    cut = async () => {
      await server.close();
      await socket.close({ code: 1012, reason: 'bus lost' });
    };
  });
  const ann = await Person.signUp(page);
  await ann.createList('Ten');
  await ann.live();
  const job = await ann.upload(csv('ten.csv', FOUND.slice(0, 10)));
  const card = ann.card(job);
  await expect(card).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });

  await page.clock.fastForward('04:00');
  await expect(card).toBeVisible();
  await page.clock.fastForward('02:00');
  await expect(card).toHaveCount(0);

  await test.step('a connection that still tells of it does not bring it back', async () => {
    await ann.live();
    await cut();
    const before = told.length;
    await page.getByRole('button', { name: 'Retry now' }).click();
    await ann.live();
    // By the server's clock it ended a moment ago: the snapshot has it.
    await expect.poll(() => told.slice(before).flat().some((frame) => frame.includes(job))).toBe(true);
    await page.clock.runFor(1_000);
    await expect(card).toHaveCount(0);
    await expect(page.getByRole('region', { name: 'Active jobs' })).toBeHidden();
  });

  await test.step('the job and its receipt are where all jobs are', async () => {
    await page.getByRole('link', { name: 'Jobs', exact: true }).click();
    await page.getByRole('link', { name: 'ten.csv' }).click();
    await expect(page).toHaveURL(new RegExp(`/jobs/${job}$`));
    const lines = page.getByRole('region', { name: 'Receipt' }).getByRole('table').getByRole('row');
    await expect(lines.filter({ hasText: 'Succeeded' })).toHaveCount(10);
  });
});

/** All states of a job in this list, every tenth video of which is private. */
function course(list: string): ProgressUpdate[] {
  const job = { job_id: randomUUID(), list_id: list, total_videos: VIDEOS };
  const states: ProgressUpdate[] = [{ ...job, status: 'pending', progress: 0, current_video: 0, message: 'Starting processing...', seq: 1 }];
  let failed = {};
  for (let done = 1; done <= VIDEOS; done += 1) {
    const video = randomUUID();
    const now = done % 10 === 0;
    if (now) failed = { failed_videos: done / 10, last_error: { video_id: video, text: 'Video is private' } };
    const message = now ? `Error on video ${done}/${VIDEOS}: Video is private` : `Processing video ${done}/${VIDEOS}`;
    const about = { video_id: video, ...(now ? { error: 'Video is private' } : {}), eta_seconds: 6 * (VIDEOS - done) };
    states.push({ ...job, status: 'processing', progress: (100 * done) / VIDEOS, current_video: done, message, seq: done + 1, ...about, ...failed });
  }
  const message = `Completed: ${VIDEOS - VIDEOS / 10} succeeded, ${VIDEOS / 10} failed`;
  return [...states, { ...job, status: 'completed_with_errors', progress: 100, current_video: VIDEOS, message, seq: VIDEOS + 2, ...failed }];
}

/** A job, and the time that it takes: 110 s. Told in two parts, because after a minute of silence the page would connect anew. */
async function oneJob(page: Page, list: string): Promise<void> {
  const states = course(list);
  for (const part of [states.slice(0, 11), states.slice(11)]) {
    await tell(page, part);
    await page.clock.fastForward(55_000);
  }
}

test('TC9 the heap does not grow over a day of jobs', async ({ browser, baseURL, guard }) => {
  test.setTimeout(300_000);
  // A browser context of its own: the recorder of the usual one keeps what cards have shown, in the page.
  const context = await browser.newContext({ ...(baseURL ? { baseURL } : {}) });
  guard.watch(context);
  await reveal(context);
  const page = await context.newPage();
  await page.clock.install();
  const ann = await Person.signUp(page);
  const list = await ann.createList('A day');
  await ann.live();
  const hours = async (count: number) => {
    for (let jobs = 0; jobs < count * JOBS_AN_HOUR; jobs += 1) await oneJob(page, list);
    // Those of the last minutes, and no others.
    await expect(page.locator('article.job-card')).toHaveCount(3);
    return held(page);
  };

  // By then all code is compiled, every buffer as large as it gets, and the first tombstones are long gone.
  const morning = await hours(6);
  const night = await hours(18);
  expect(morning.wasm, 'the memory of the module is seen').toBeGreaterThan(0);
  const grown = { js: night.js - morning.js, wasm: night.wasm - morning.wasm, nodes: night.nodes - morning.nodes };
  expect(grown.js, 'JavaScript, in bytes').toBeLessThan(JS_MAY_GROW);
  expect(grown.wasm, 'the module’s memory, in bytes').toBeLessThanOrEqual(WASM_MAY_GROW);
  expect(grown.nodes, 'nodes of the document, or of none').toBeLessThan(NODES_MAY_GROW);
  await context.close();
});

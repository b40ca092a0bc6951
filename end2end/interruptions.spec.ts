// What happens to a tab: it is hidden, left and come back to, its machine sleeps, its network goes, its line falls silent. Each time it says
// so where it lasts, and then shows what is true.
import type { Page } from '@playwright/test';
import { expect, paced } from './fixtures';
import { job as jobNow } from './support/api';
import { standStill } from './support/clock';
import { Line } from './support/line';
import { look } from './support/look';
import type { Person } from './support/person';
import { numbers, readings, stepsBack } from './support/recorder';
import { csv, FOUND } from './support/samples';
import type { Source } from './support/source';

const test = paced.extend<{ line: Line }>({
  line: async ({ server }, use) => {
    const line = await Line.to(server.url);
    await use(line);
    await line.stop();
  },
  // The browser knows the server by the line's address alone.
  baseURL: async ({ line }, use) => use(line.url),
});

const BANNER = 'Reconnecting to progress updates...';

/** Counts the WebSockets that the page opens from now on. */
function sockets(page: Page): { count: number } {
  const opened = { count: 0 };
  page.on('websocket', () => (opened.count += 1));
  return opened;
}

/** Uploads ten videos into a new list; two are done, and the third is waited for. */
async function running(ann: Person, source: Source): Promise<string> {
  await ann.createList('Ten');
  source.hold();
  const job = await ann.upload(csv('ten.csv', FOUND.slice(0, 10)));
  source.allow(2);
  await expect.poll(() => ann.percent(job)).toBe(20);
  return job;
}

/** Lets the job end, whatever the page hears of it. */
async function ended(page: Page, job: string, source: Source): Promise<void> {
  source.release();
  await expect.poll(async () => (await jobNow(page.request, job)).status, { timeout: 30_000 }).toBe('completed');
}

/** The card shows the end, there is one of it, and its bar never went back. */
async function isRight(ann: Person, job: string): Promise<void> {
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(ann.card(job).getByText('10/10 videos')).toBeVisible();
  const shown = await readings(ann.page, job);
  expect(stepsBack(numbers(shown, 'bar'))).toEqual([]);
  expect(Math.max(...shown.map((reading) => reading.cards)), 'never a second card').toBe(1);
}

test('a line that fell silent is noticed after a minute', async ({ page, ann, line, source }) => {
  await page.clock.install();
  await page.reload();
  await ann.live();
  const job = await running(ann, source);
  line.silence();
  await ended(page, job, source);
  expect(await ann.percent(job), 'nothing told it').toBe(20);
  await expect(page.getByText(BANNER)).toBeHidden();

  const opened = sockets(page);
  await standStill(page);
  await page.clock.fastForward('01:00');
  await expect(page.getByText(BANNER)).toBeVisible();
  await page.clock.resume();
  await isRight(ann, job);
  await ann.live();
  expect(opened.count).toBe(1);
});

test('a machine that slept wakes up to what is true', async ({ page, ann, line, source }) => {
  await page.clock.install();
  await page.reload();
  await ann.live();
  const job = await running(ann, source);
  // Asleep: the line is dead, the clock of the page stands still.
  line.silence();
  await standStill(page);
  await ended(page, job, source);
  const opened = sockets(page);
  // Awake, four minutes later by the clock on the wall, and looked at: it does not wait for any timer to find out.
  await page.clock.setSystemTime(new Date(await page.evaluate(() => Date.now() + 240_000)));
  await look(page, true);
  await ann.live();
  expect(opened.count, 'at once, and once').toBe(1);
  await page.clock.resume();
  await isRight(ann, job);
});

test('without a network it says so, and with one it is back at once', async ({ page, ann, context, line, guard, source }) => {
  // The browser reports each try that had no network.
  guard.allow(/ERR_INTERNET_DISCONNECTED|^WebSocket connection to .* failed/);
  await page.clock.install();
  await page.reload();
  await ann.live();
  const job = await running(ann, source);
  await context.setOffline(true);
  line.cut();
  await expect(page.getByText(BANNER)).toBeVisible();
  source.allow(3);
  // The first tries have failed, and the next is a while off.
  await expect(page.getByText(/next try in ([89]|[12]\d) s/)).toBeVisible({ timeout: 30_000 });
  const opened = sockets(page);
  // No timer can be what brings it back.
  await standStill(page);
  await context.setOffline(false);
  await expect(page.getByText(BANNER)).toBeHidden();
  await ann.live();
  expect(opened.count).toBe(1);
  await page.clock.resume();
  await expect.poll(() => ann.percent(job), 'what was missed').toBe(50);
  source.release();
  await isRight(ann, job);
});

test('a hidden tab keeps its connection and misses nothing', async ({ page, ann, source }) => {
  await ann.live();
  const job = await running(ann, source);
  const opened = sockets(page);
  await look(page, false);
  source.release();
  await isRight(ann, job);
  await look(page, true);
  await ann.live();
  await expect(page.getByText(BANNER)).toBeHidden();
  expect(opened.count, 'the one it had').toBe(0);
});

test('a page that was kept by the browser goes on where the job is', async ({ page, ann, source }) => {
  const job = await running(ann, source);
  const opened = sockets(page);
  const closed = page.evaluate(() => {
    // As a browser does that keeps the page in its memory, whether it would keep this one or not.
    window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
  });
  await closed;
  await expect(page.locator('.live')).toHaveCount(0);
  await expect(page.getByText(BANNER), 'leaving is not a loss').toBeHidden();
  await ended(page, job, source);
  expect(await ann.percent(job), 'it hears nothing').toBe(20);
  expect(opened.count, 'nor does it try to').toBe(0);

  const asked = page.waitForRequest((request) => request.url().includes(`/api/jobs/${job}/progress-history`));
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await asked;
  await ann.live();
  await isRight(ann, job);
  expect(opened.count).toBe(1);
});

test('back and forward show what is true', async ({ page, ann, source }) => {
  const job = await running(ann, source);
  const list = page.url();
  await page.goto('/healthz');
  await ended(page, job, source);
  await page.goBack();
  await expect(page).toHaveURL(list);
  await ann.live();
  await isRight(ann, job);
});

test('signing out in one tab ends the other', async ({ page, ann, context }) => {
  const tab = await context.newPage();
  await tab.goto('/lists');
  await ann.on(tab).live();
  await page.bringToFront();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(tab).toHaveURL(/\/sign-in$/);
  await expect(tab.locator('.live')).toHaveCount(0);
});

test('a tab that could not hear of the sign-out learns it when it comes back', async ({ page, ann, context, line, guard }) => {
  // Its ticket is refused, and the browser reports that itself.
  guard.allow(/^Failed to load resource: the server responded with a status of 401 /);
  const tab = await context.newPage();
  await tab.clock.install();
  await tab.goto('/lists');
  await ann.on(tab).live();
  line.silence();
  await page.bringToFront();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/(sign-in)?$/);
  await expect(tab).toHaveURL(/\/lists$/);
  await tab.clock.fastForward('01:00');
  await expect(tab).toHaveURL(/\/sign-in$/);
});

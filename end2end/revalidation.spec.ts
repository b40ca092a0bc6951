// What the server alone renders of a page, such as a list's rows, becomes right by itself, whatever happened to the request for it.
import type { Page } from '@playwright/test';
import { expect, paced as test } from './fixtures';
import { look } from './support/look';
import { csv, FOUND } from './support/samples';

/** Counts the requests for the page that is open; they fail where `cut` says so. */
async function requests(page: Page, cut = false): Promise<{ count: number }> {
  const seen = { count: 0 };
  await page.route(page.url(), (route) => {
    seen.count += 1;
    return cut ? route.abort() : route.continue();
  });
  return seen;
}

test('rows come right after the page could not be fetched when its job ended', async ({ ann, page, source, guard }) => {
  // The browser reports each request that was cut.
  guard.allow(/^Failed to load resource: net::ERR_FAILED/);
  await page.clock.install();
  await ann.createList('Ten');
  await ann.live();
  source.hold();
  const job = await ann.upload(csv('ten.csv', FOUND.slice(0, 10)));
  const pending = page.getByRole('table').getByText('Pending');
  await expect(pending).toHaveCount(10);

  const cut = await requests(page, true);
  source.release();
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect.poll(() => cut.count).toBeGreaterThanOrEqual(1);
  await page.clock.fastForward('00:03');
  await expect.poll(() => cut.count).toBeGreaterThanOrEqual(2);
  await expect(pending).toHaveCount(10);

  await page.unroute(page.url());
  await page.clock.fastForward('00:12');
  await expect(pending).toHaveCount(0);
  await expect(page.getByRole('table').getByText('Ready', { exact: true })).toHaveCount(10);
});

test('a job that came and went while the connection was away is there when it returns', async ({ ann, context, page, source }) => {
  const tab = await context.newPage();
  const cuts: (() => Promise<void>)[] = [];
  let away = false;
  await tab.routeWebSocket(/\/api\/ws\/progress/, (socket) => {
    const close = () => socket.close({ code: 1012, reason: 'bus lost' });
    if (away) return void close();
    const server = socket.connectToServer();
    cuts.push(async () => {
      await server.close();
      await close();
    });
  });
  await tab.goto('/jobs');
  await ann.on(tab).live();
  away = true;
  await cuts[0]?.();
  await expect(tab.getByText('Reconnecting to progress updates...')).toBeVisible();

  source.release();
  await ann.createList('Ten');
  const job = await ann.upload(csv('ten.csv', FOUND.slice(0, 10)));
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  // No snapshot will tell of it.
  const dismissed = page.waitForResponse(/\/dismiss$/);
  await ann.card(job).getByRole('button', { name: 'Dismiss' }).click();
  await dismissed;

  await expect(tab.getByText('No jobs yet')).toBeVisible();
  away = false;
  // An attempt that is just being refused is not hurried.
  await expect(async () => {
    await tab.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect(tab.locator('.live')).toBeVisible({ timeout: 1_500 });
  }).toPass();
  await expect(tab.getByRole('list').getByRole('article')).toContainText('ten.csv');
});

test('a hidden tab fetches nothing, and once when it is seen again', async ({ ann, context, source }) => {
  const tab = await context.newPage();
  await tab.goto('/jobs');
  await ann.on(tab).live();
  await look(tab, false);
  const seen = await requests(tab);
  source.release();
  await ann.createList('Ten');
  const job = await ann.upload(csv('ten.csv', FOUND.slice(0, 10)));
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  expect(seen.count).toBe(0);
  await look(tab, true);
  await expect(tab.getByRole('list').getByRole('article')).toContainText('ten.csv');
  expect(seen.count).toBe(1);
});

// Revalidation: the page fetches itself again when its jobs change, so that what only the server renders, such as a list's rows, stays
// right even if a request fails, the connection is lost or the tab is hidden.
import type { Page } from '@playwright/test';
import { expect, testWithMockYouTube as test } from './fixtures';
import { AVAILABLE_IDS, csvFile } from './support/samples';
import { setTabVisible } from './support/visibility';

const TEN = csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10));

/** Counts the page's requests for itself, and aborts them if told to. */
async function countRevalidations(page: Page, { abort } = { abort: false }): Promise<{ count: number }> {
  const requests = { count: 0 };
  await page.route(page.url(), (route) => {
    requests.count += 1;
    return abort ? route.abort() : route.continue();
  });
  return requests;
}

test('rows become right after the request at the end of the job has failed', async ({ ann, page, youtube, consoleErrors }) => {
  // Chromium reports each aborted request.
  consoleErrors.allow(/^Failed to load resource: net::ERR_FAILED/);
  await page.clock.install();
  await ann.createList('Ten');
  await ann.waitUntilLive();
  youtube.pause();
  const job = await ann.importFile(TEN);
  const pendingRows = page.getByRole('table').getByText('Pending');
  await expect(pendingRows).toHaveCount(10);

  const aborted = await countRevalidations(page, { abort: true });
  youtube.resume();
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect.poll(() => aborted.count).toBeGreaterThanOrEqual(1);
  await page.clock.fastForward('00:03');
  await expect.poll(() => aborted.count).toBeGreaterThanOrEqual(2);
  await expect(pendingRows).toHaveCount(10);

  await page.unroute(page.url());
  await page.clock.fastForward('00:12');
  await expect(pendingRows).toHaveCount(0);
  await expect(page.getByRole('table').getByText('Ready', { exact: true })).toHaveCount(10);
});

test('job that started and was dismissed while the page was disconnected is listed after the reconnect', async ({ ann, context, page, youtube }) => {
  const tab = await context.newPage();
  const connected: (() => Promise<void>)[] = [];
  let isReachable = true;
  await tab.routeWebSocket(/\/api\/ws\/progress/, (socket) => {
    const close = () => socket.close({ code: 1012, reason: 'bus lost' });
    if (!isReachable) return void close();
    const server = socket.connectToServer();
    connected.push(async () => {
      await server.close();
      await close();
    });
  });
  await tab.goto('/jobs');
  await ann.inTab(tab).waitUntilLive();
  isReachable = false;
  await connected[0]?.();
  await expect(tab.getByText('Reconnecting to progress updates...')).toBeVisible();

  youtube.resume();
  await ann.createList('Ten');
  const job = await ann.importFile(TEN);
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  // No snapshot contains a dismissed job.
  const dismissed = page.waitForResponse(/\/dismiss$/);
  await ann.jobCard(job).getByRole('button', { name: 'Dismiss' }).click();
  await dismissed;

  await expect(tab.getByText('No jobs yet')).toBeVisible();
  isReachable = true;
  // The event does not replace an attempt that has just begun.
  await expect(async () => {
    await tab.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect(tab.locator('.connection-indicator')).toBeVisible({ timeout: 1_500 });
  }).toPass();
  await expect(tab.getByRole('list').getByRole('article')).toContainText('ten.csv');
});

test('hidden tab requests nothing until it is visible, and then once', async ({ ann, context, youtube }) => {
  const tab = await context.newPage();
  await tab.goto('/jobs');
  await ann.inTab(tab).waitUntilLive();
  await setTabVisible(tab, false);
  const requests = await countRevalidations(tab);
  youtube.resume();
  await ann.createList('Ten');
  const job = await ann.importFile(TEN);
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  expect(requests.count).toBe(0);
  await setTabVisible(tab, true);
  await expect(tab.getByRole('list').getByRole('article')).toContainText('ten.csv');
  expect(requests.count).toBe(1);
});

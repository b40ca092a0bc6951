// Interruptions of a tab: hidden, navigated away from, suspended, offline, connection stalled, signed out elsewhere. A long one is announced;
// after each, the page shows the current state.
import type { Page } from '@playwright/test';
import { expect, testWithMockYouTube } from './fixtures';
import { fetchJob, waitForHistoryRequest } from './support/api';
import { pauseClock } from './support/clock';
import type { MockYouTube } from './support/mock-youtube';
import { expectProgressOnlyGrew } from './support/recorder';
import { AVAILABLE_IDS, csvFile } from './support/samples';
import { recordSockets } from './support/sockets';
import { TcpProxy } from './support/tcp-proxy';
import type { User } from './support/user';
import { setTabVisible } from './support/visibility';

const test = testWithMockYouTube.extend<{ tcpProxy: TcpProxy }>({
  tcpProxy: async ({ server }, use) => {
    const tcpProxy = await TcpProxy.start(server.url);
    await use(tcpProxy);
    await tcpProxy.stop();
  },
  // The browser reaches the server only through the proxy.
  baseURL: async ({ tcpProxy }, use) => use(tcpProxy.url),
});

const BANNER = 'Reconnecting to progress updates...';

/** Imports ten videos into a new list and stops after two. */
async function startJob(ann: User, youtube: MockYouTube): Promise<string> {
  await ann.createList('Ten');
  youtube.pause();
  const job = await ann.importFile(csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10)));
  youtube.answerNext(2);
  await expect.poll(() => ann.jobPercent(job)).toBe(20);
  return job;
}

/** Lets the job finish and waits for that on the server, whatever the page shows. */
async function finishJob(page: Page, job: string, youtube: MockYouTube): Promise<void> {
  youtube.resume();
  await expect.poll(async () => (await fetchJob(page.request, job)).status, { timeout: 30_000 }).toBe('completed');
}

/** The card is complete, and its progress never went back. */
async function expectCompletedCard(ann: User, job: string): Promise<void> {
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(ann.jobCard(job).getByText('10/10 videos')).toBeVisible();
  await expectProgressOnlyGrew(ann.page, job);
}

test('stalled connection is replaced after a minute of silence', async ({ page, ann, tcpProxy, youtube }) => {
  await page.clock.install();
  await page.reload();
  await ann.waitUntilLive();
  const job = await startJob(ann, youtube);
  tcpProxy.stallWebSockets();
  await finishJob(page, job, youtube);
  expect(await ann.jobPercent(job), 'the page has not heard of the end').toBe(20);
  await expect(page.getByText(BANNER)).toBeHidden();

  const newSockets = recordSockets(page);
  await pauseClock(page);
  await page.clock.fastForward('01:00');
  await expect(page.getByText(BANNER)).toBeVisible();
  await page.clock.resume();
  await expectCompletedCard(ann, job);
  await ann.waitUntilLive();
  expect(newSockets.length).toBe(1);
});

test('page shows the current state as soon as its machine wakes up', async ({ page, ann, tcpProxy, youtube }) => {
  await page.clock.install();
  await page.reload();
  await ann.waitUntilLive();
  const job = await startJob(ann, youtube);
  // Asleep: the connection is dead, and the page's clock does not run.
  tcpProxy.stallWebSockets();
  await pauseClock(page);
  await finishJob(page, job, youtube);
  const newSockets = recordSockets(page);
  // Awake four minutes later, and visible: the page must not wait for a timer to notice.
  await page.clock.setSystemTime(new Date(await page.evaluate(() => Date.now() + 240_000)));
  await setTabVisible(page, true);
  await ann.waitUntilLive();
  expect(newSockets.length, 'one reconnect, immediately').toBe(1);
  await page.clock.resume();
  await expectCompletedCard(ann, job);
});

test('page shows the banner while offline and reconnects as soon as it is online', async ({ page, ann, context, tcpProxy, consoleErrors, youtube }) => {
  // The browser logs an error for each attempt made while offline.
  consoleErrors.allow(/ERR_INTERNET_DISCONNECTED|^WebSocket connection to .* failed/);
  await page.clock.install();
  await page.reload();
  await ann.waitUntilLive();
  const job = await startJob(ann, youtube);
  await context.setOffline(true);
  tcpProxy.resetWebSockets();
  await expect(page.getByText(BANNER)).toBeVisible();
  youtube.answerNext(3);
  // The first attempts have failed, and the next one is several seconds away.
  await expect(page.getByText(/next try in ([89]|[12]\d) s/)).toBeVisible({ timeout: 30_000 });
  const newSockets = recordSockets(page);
  // With the clock paused, no timer can cause the reconnect.
  await pauseClock(page);
  await context.setOffline(false);
  await expect(page.getByText(BANNER)).toBeHidden();
  await ann.waitUntilLive();
  expect(newSockets.length).toBe(1);
  await page.clock.resume();
  await expect.poll(() => ann.jobPercent(job), 'updates that were missed').toBe(50);
  youtube.resume();
  await expectCompletedCard(ann, job);
});

test('hidden tab keeps its connection and misses no update', async ({ page, ann, youtube }) => {
  await ann.waitUntilLive();
  const job = await startJob(ann, youtube);
  const newSockets = recordSockets(page);
  await setTabVisible(page, false);
  youtube.resume();
  await expectCompletedCard(ann, job);
  await setTabVisible(page, true);
  await ann.waitUntilLive();
  await expect(page.getByText(BANNER)).toBeHidden();
  expect(newSockets.length, 'no new socket').toBe(0);
});

test('page restored from the back/forward cache catches up with its job', async ({ page, ann, youtube }) => {
  const job = await startJob(ann, youtube);
  const newSockets = recordSockets(page);
  // The event of a browser that caches the page, whether or not this one would.
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  await expect(page.locator('.connection-indicator')).toHaveCount(0);
  await expect(page.getByText(BANNER), 'no banner for a page that is left').toBeHidden();
  await finishJob(page, job, youtube);
  expect(await ann.jobPercent(job), 'a cached page gets no updates').toBe(20);
  expect(newSockets.length, 'a cached page does not reconnect').toBe(0);

  const historyRequest = waitForHistoryRequest(page, job);
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await historyRequest;
  await ann.waitUntilLive();
  await expectCompletedCard(ann, job);
  expect(newSockets.length).toBe(1);
});

test('page shows the current state after going back', async ({ page, ann, youtube }) => {
  const job = await startJob(ann, youtube);
  const list = page.url();
  await page.goto('/healthz');
  await finishJob(page, job, youtube);
  await page.goBack();
  await expect(page).toHaveURL(list);
  await ann.waitUntilLive();
  await expectCompletedCard(ann, job);
});

test('signing out in one tab signs out the other', async ({ page, ann, context }) => {
  const tab = await context.newPage();
  await tab.goto('/lists');
  await ann.inTab(tab).waitUntilLive();
  await page.bringToFront();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(tab).toHaveURL(/\/sign-in$/);
  await expect(tab.locator('.connection-indicator')).toHaveCount(0);
});

test('tab with a stalled connection notices the sign-out when it reconnects', async ({ page, ann, context, tcpProxy, consoleErrors }) => {
  // The tab is refused a WebSocket ticket, which the browser logs.
  consoleErrors.allow(/^Failed to load resource: the server responded with a status of 401 /);
  const tab = await context.newPage();
  await tab.clock.install();
  await tab.goto('/lists');
  await ann.inTab(tab).waitUntilLive();
  tcpProxy.stallWebSockets();
  await page.bringToFront();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/(sign-in)?$/);
  await expect(tab).toHaveURL(/\/lists$/);
  await tab.clock.fastForward('01:00');
  await expect(tab).toHaveURL(/\/sign-in$/);
});

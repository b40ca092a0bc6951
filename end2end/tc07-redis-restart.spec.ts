// TC7: Redis is killed in the middle of a job and comes back empty. The page shows that it reconnects; the job goes on.
import { expect, testWithMockYouTube } from './fixtures';
import { fetchHistory, fetchJob, TERMINAL_STATUSES } from './support/api';
import { RedisServer } from './support/redis';
import { AVAILABLE_IDS, csvFile } from './support/samples';
import { User } from './support/user';

const test = testWithMockYouTube.extend<{ redis: RedisServer }>({
  redis: async ({}, use) => {
    const redis = await RedisServer.start();
    await use(redis);
    await redis.kill();
  },
  // A cluster of its own, because other tests use the shared Redis.
  baseURL: async ({ startCluster, redis, settings }, use) => {
    const cluster = await startCluster({ ...settings, REDIS_URL: redis.url });
    await use(cluster.url);
  },
});

test('TC7: job goes on while Redis restarts, and the page catches up', async ({ page, redis, consoleErrors, youtube }) => {
  // Without Redis the server issues no WebSocket tickets (503), which the browser logs.
  consoleErrors.allow(/^Failed to load resource: the server responded with a status of 503 /);
  const ann = await User.signUp(page);
  await ann.createList('Twenty');
  youtube.pause();
  const job = await ann.importFile(csvFile('twenty.csv', AVAILABLE_IDS));
  youtube.answerNext(4);
  await expect.poll(() => ann.jobPercent(job)).toBe(20);

  await redis.kill();
  const banner = page.getByText('Reconnecting to progress updates...');
  await expect(banner).toBeVisible();
  const currentVideo = async () => (await fetchJob(page.request, job)).current_video;
  youtube.answerNext(4);
  await expect.poll(currentVideo, 'the job goes on').toBe(8);

  await redis.launch();
  await expect(banner).toBeHidden({ timeout: 40_000 });
  await ann.waitUntilLive();
  await expect.poll(() => ann.jobPercent(job), 'updates that were missed').toBe(40);
  youtube.resume();
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(ann.jobCard(job).getByText('20/20 videos')).toBeVisible();

  const events = (await fetchHistory(page.request, job)).filter((event) => !TERMINAL_STATUSES.includes(event.status));
  expect(events.map((event) => event.current_video), 'the history is complete').toEqual([...Array(21).keys()]);
});

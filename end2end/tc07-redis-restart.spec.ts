// TC7: Redis dies in the middle of a job and comes back empty. The page says that it reconnects; the job does not notice.
import { expect, test as base } from './fixtures';
import { history, job as jobNow, TERMINAL } from './support/api';
import { Person } from './support/person';
import { Redis } from './support/redis';
import { csv, FOUND } from './support/samples';

const test = base.extend<{ redis: Redis }>({
  redis: async ({}, use) => {
    const redis = await Redis.start();
    await use(redis);
    await redis.kill();
  },
  // All of this runs on a system of its own.
  baseURL: async ({ ownCluster, redis }, use) => {
    const own = await ownCluster({ REDIS_URL: redis.url, DEMO_SPEED: '0.8', WORKER_CONCURRENCY: '2' });
    await use(own.url);
  },
});

test('TC7 Redis restarted in the middle', async ({ page, redis, guard }) => {
  // While Redis is away there is no ticket, and the browser reports the refusal itself.
  guard.allow(/^Failed to load resource: the server responded with a status of 503 /);
  const ann = await Person.signUp(page);
  await ann.createList('Twenty');
  const job = await ann.upload(csv('twenty.csv', FOUND));
  await expect.poll(() => ann.percent(job), { timeout: 30_000 }).toBeGreaterThanOrEqual(20);

  await redis.kill();
  const banner = page.getByText('Reconnecting to progress updates...');
  await expect(banner).toBeVisible();
  const finished = async () => (await jobNow(page.request, job)).current_video;
  const before = await finished();
  await expect.poll(finished, 'work goes on').toBeGreaterThan(before);

  await redis.again();
  await expect(banner).toBeHidden({ timeout: 40_000 });
  await ann.live();
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(ann.card(job).getByText('20/20 videos')).toBeVisible();

  const events = (await history(page.request, job)).filter((event) => !TERMINAL.includes(event.status));
  expect(events.map((event) => event.current_video), 'nothing is missing from the history').toEqual([...Array(21).keys()]);
});

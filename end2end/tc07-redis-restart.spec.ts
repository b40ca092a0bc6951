// TC7: Redis dies in the middle of a job and comes back empty. The page says that it reconnects; the job does not notice.
import { expect, paced } from './fixtures';
import { history, job as jobNow, TERMINAL } from './support/api';
import { Person } from './support/person';
import { Redis } from './support/redis';
import { csv, FOUND } from './support/samples';

const test = paced.extend<{ redis: Redis }>({
  redis: async ({}, use) => {
    const redis = await Redis.start();
    await use(redis);
    await redis.kill();
  },
  // All of this runs on a system of its own.
  baseURL: async ({ ownCluster, redis, settings }, use) => {
    const own = await ownCluster({ ...settings, REDIS_URL: redis.url });
    await use(own.url);
  },
});

test('TC7 Redis restarted in the middle', async ({ page, redis, guard, source }) => {
  // While Redis is away there is no ticket, and the browser reports the refusal itself.
  guard.allow(/^Failed to load resource: the server responded with a status of 503 /);
  const ann = await Person.signUp(page);
  await ann.createList('Twenty');
  source.hold();
  const job = await ann.upload(csv('twenty.csv', FOUND));
  source.allow(4);
  await expect.poll(() => ann.percent(job)).toBe(20);

  await redis.kill();
  const banner = page.getByText('Reconnecting to progress updates...');
  await expect(banner).toBeVisible();
  const finished = async () => (await jobNow(page.request, job)).current_video;
  source.allow(4);
  await expect.poll(finished, 'work goes on').toBe(8);

  await redis.again();
  await expect(banner).toBeHidden({ timeout: 40_000 });
  await ann.live();
  await expect.poll(() => ann.percent(job), 'what was missed').toBe(40);
  source.release();
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(ann.card(job).getByText('20/20 videos')).toBeVisible();

  const events = (await history(page.request, job)).filter((event) => !TERMINAL.includes(event.status));
  expect(events.map((event) => event.current_video), 'nothing is missing from the history').toEqual([...Array(21).keys()]);
});

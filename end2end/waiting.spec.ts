// A source that wants to be left alone: the job waits instead of failing, says so, counts down to its next try, and goes on.
import { expect, paced as test } from './fixtures';
import { job as jobNow } from './support/api';
import { standStill } from './support/clock';
import { numbers, readings, stepsBack } from './support/recorder';
import { csv, FOUND } from './support/samples';

/** In seconds. One of up to 20 s is waited for within a call, and not seen. */
const PAUSE = 25;

test('a job waits for its source in sight, and goes on', async ({ ann, page, source }) => {
  await page.clock.install();
  await ann.createList('Ten');
  await ann.live();
  source.refuse(3, PAUSE);
  const job = await ann.upload(csv('ten.csv', FOUND.slice(0, 10)));
  const card = ann.card(job);
  await expect(card.getByText('Waiting for YouTube; 7 videos to go')).toBeVisible();
  await expect(card.getByText('3/10 videos')).toBeVisible();
  await expect(card.getByText('No problems so far.'), 'no video failed for it').toBeVisible();
  source.relent();

  await test.step('the same on the job’s own page, and for whoever comes later', async () => {
    await card.getByRole('link', { name: 'View job' }).click();
    const summary = page.getByRole('article').filter({ hasText: 'Waiting for YouTube; 7 videos to go' });
    await expect(summary.getByText(/^next try in \d+ s$/)).toBeVisible();
    expect((await jobNow(page.request, job)).failed_videos).toBe(0);
    await page.goBack();
  });

  const seconds = async () => Number(/next try in (\d+) s/.exec((await card.textContent()) ?? '')?.[1]);
  await expect.poll(seconds).toBeLessThanOrEqual(PAUSE);

  await test.step('it counts down, second by second', async () => {
    await standStill(page);
    const before = await seconds();
    await page.clock.runFor(1_000);
    await expect.poll(seconds).toBe(before - 1);
    await page.clock.runFor(4_000);
    await expect.poll(seconds).toBe(before - 5);
    await page.clock.runFor(before * 1_000);
    await expect(card.getByText('next try any moment')).toBeVisible();
    await page.clock.resume();
  });

  await expect(card).toHaveAttribute('data-status', 'completed', { timeout: 45_000 });
  await expect(card.getByText('10/10 videos')).toBeVisible();
  await expect(card.getByText(/next try/)).toHaveCount(0);
  expect(stepsBack(numbers(await readings(page, job), 'bar'))).toEqual([]);
});

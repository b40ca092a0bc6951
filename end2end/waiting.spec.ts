// A rate-limited source: the job waits instead of failing, shows a countdown to the next try, and goes on.
import { expect, testWithMockYouTube as test } from './fixtures';
import { fetchJob } from './support/api';
import { pauseClock } from './support/clock';
import { expectProgressOnlyGrew } from './support/recorder';
import { AVAILABLE_IDS, csvFile } from './support/samples';

/** `Retry-After`. The worker sits out up to 20 s without the job being shown as waiting. */
const RETRY_AFTER_SECONDS = 25;

test('job waits visibly while YouTube is rate-limited, then goes on', async ({ ann, page, youtube }) => {
  await page.clock.install();
  await ann.createList('Ten');
  await ann.waitUntilLive();
  youtube.rateLimit(3, RETRY_AFTER_SECONDS);
  const job = await ann.importFile(csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10)));
  const card = ann.jobCard(job);
  await expect(card.getByText('Waiting for YouTube; 7 videos to go')).toBeVisible();
  await expect(card.getByText('3/10 videos')).toBeVisible();
  await expect(card.getByText('No problems so far.'), 'waiting is not a failure').toBeVisible();
  youtube.liftRateLimit();

  await test.step('a freshly loaded job page shows the same', async () => {
    await card.getByRole('link', { name: 'View job' }).click();
    const summary = page.getByRole('article').filter({ hasText: 'Waiting for YouTube; 7 videos to go' });
    await expect(summary.getByText(/^next try in \d+ s$/)).toBeVisible();
    expect((await fetchJob(page.request, job)).failed_videos).toBe(0);
    await page.goBack();
  });

  const secondsLeft = async () => Number(/next try in (\d+) s/.exec((await card.textContent()) ?? '')?.[1]);
  await expect.poll(secondsLeft).toBeLessThanOrEqual(RETRY_AFTER_SECONDS);

  await test.step('the countdown runs second by second', async () => {
    await pauseClock(page);
    const before = await secondsLeft();
    await page.clock.runFor(1_000);
    await expect.poll(secondsLeft).toBe(before - 1);
    await page.clock.runFor(4_000);
    await expect.poll(secondsLeft).toBe(before - 5);
    await page.clock.runFor(before * 1_000);
    await expect(card.getByText('next try any moment')).toBeVisible();
    await page.clock.resume();
  });

  await expect(card).toHaveAttribute('data-status', 'completed', { timeout: 45_000 });
  await expect(card.getByText('10/10 videos')).toBeVisible();
  await expect(card.getByText(/next try/)).toHaveCount(0);
  await expectProgressOnlyGrew(page, job);
});

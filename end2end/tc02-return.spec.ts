// TC2: the tab is closed at 30 % of twenty videos and opened later. The card is back where the job is by now, and goes on.
import { expect, test } from './fixtures';
import { job as jobNow } from './support/api';
import { numbers, readings, stepsBack } from './support/recorder';
import { csv, FOUND } from './support/samples';

// Two look-ups at a time, about one video a second and a half: there is time to leave, and something left to see on return.
test.use({ settings: { DEMO_SPEED: '0.8', WORKER_CONCURRENCY: '2' } });

test('TC2 tab closed at 30 % and opened again later', async ({ ann, page, context }) => {
  await ann.createList('Twenty');
  const job = await ann.upload(csv('twenty.csv', FOUND));
  const address = page.url();
  await expect.poll(() => ann.percent(job), { timeout: 30_000 }).toBeGreaterThanOrEqual(30);
  await page.close();

  // Nobody watches; the job goes on all the same.
  const away = async () => (await jobNow(context.request, job)).progress;
  await expect.poll(away, { timeout: 30_000 }).toBeGreaterThanOrEqual(60);

  const tab = await context.newPage();
  const asked = tab.waitForRequest((request) => request.url().includes(`/api/jobs/${job}/progress-history`));
  await tab.goto(address);
  const back = ann.on(tab);
  await expect(back.card(job)).toBeVisible();
  expect(await back.percent(job), 'the state of now, not of then').toBeGreaterThanOrEqual(60);
  const history = await asked;
  expect(new URL(history.url()).search, 'only what was missed is asked for').toMatch(/since=|after_seq=/);

  await expect(back.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(back.card(job).getByText('20/20 videos')).toBeVisible();
  const shown = await readings(tab, job);
  expect(new Set(numbers(shown, 'bar')).size, 'live updates went on').toBeGreaterThanOrEqual(3);
  expect(stepsBack(numbers(shown, 'bar'))).toEqual([]);
  expect(Math.max(...shown.map((reading) => reading.cards)), 'never a second card').toBe(1);
  await expect(tab.locator('article.job-card')).toHaveCount(1);
});

// TC2: the tab is closed at 30 % of twenty videos and opened later. The card is back where the job is by now, and goes on.
import { expect, paced as test } from './fixtures';
import { job as jobNow } from './support/api';
import { numbers, readings, stepsBack } from './support/recorder';
import { csv, FOUND } from './support/samples';

test('TC2 tab closed at 30 % and opened again later', async ({ ann, page, context, source }) => {
  await ann.createList('Twenty');
  source.hold();
  const job = await ann.upload(csv('twenty.csv', FOUND));
  const address = page.url();
  source.allow(6);
  await expect.poll(() => ann.percent(job)).toBe(30);
  await page.close();

  // Nobody watches; the job goes on all the same.
  const away = async () => (await jobNow(context.request, job)).progress;
  source.allow(6);
  await expect.poll(away).toBe(60);

  const tab = await context.newPage();
  const asked = tab.waitForRequest((request) => request.url().includes(`/api/jobs/${job}/progress-history`));
  await tab.goto(address);
  const back = ann.on(tab);
  await expect(back.card(job)).toBeVisible();
  expect(await back.percent(job), 'the state of now, not of then').toBe(60);
  const history = await asked;
  expect(new URL(history.url()).search, 'only what was missed is asked for').toMatch(/since=|after_seq=/);

  await test.step('live updates go on', async () => {
    for (const percent of [65, 70, 75]) {
      source.allow(1);
      await expect.poll(() => back.percent(job)).toBe(percent);
    }
  });
  source.release();
  await expect(back.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(back.card(job).getByText('20/20 videos')).toBeVisible();
  const shown = await readings(tab, job);
  expect(stepsBack(numbers(shown, 'bar'))).toEqual([]);
  expect(Math.max(...shown.map((reading) => reading.cards)), 'never a second card').toBe(1);
  await expect(tab.locator('article.job-card')).toHaveCount(1);
});

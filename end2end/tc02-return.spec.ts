// TC2: the tab is closed at 30 % of twenty videos and opened again later. The card shows where the job is by then, and goes on.
import { expect, testWithMockYouTube as test } from './fixtures';
import { fetchJob, waitForHistoryRequest } from './support/api';
import { expectProgressOnlyGrew } from './support/recorder';
import { AVAILABLE_IDS, csvFile } from './support/samples';

test('TC2: card shows the current state when a tab that was closed at 30 % is opened again', async ({ ann, page, context, youtube }) => {
  await ann.createList('Twenty');
  youtube.pause();
  const job = await ann.importFile(csvFile('twenty.csv', AVAILABLE_IDS));
  const listUrl = page.url();
  youtube.answerNext(6);
  await expect.poll(() => ann.jobPercent(job)).toBe(30);
  await page.close();

  // The job goes on while no tab is open.
  const progress = async () => (await fetchJob(context.request, job)).progress;
  youtube.answerNext(6);
  await expect.poll(progress).toBe(60);

  const tab = await context.newPage();
  const historyRequest = waitForHistoryRequest(tab, job);
  await tab.goto(listUrl);
  const annInTab = ann.inTab(tab);
  await expect(annInTab.jobCard(job)).toBeVisible();
  expect(await annInTab.jobPercent(job), 'the current state, not the one before').toBe(60);
  expect(new URL((await historyRequest).url()).search, 'only missed updates are requested').toMatch(/since=|after_seq=/);

  await test.step('live updates go on', async () => {
    for (const percent of [65, 70, 75]) {
      youtube.answerNext(1);
      await expect.poll(() => annInTab.jobPercent(job)).toBe(percent);
    }
  });
  youtube.resume();
  await expect(annInTab.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(annInTab.jobCard(job).getByText('20/20 videos')).toBeVisible();
  await expectProgressOnlyGrew(tab, job);
  await expect(tab.locator('article.job-card')).toHaveCount(1);
});

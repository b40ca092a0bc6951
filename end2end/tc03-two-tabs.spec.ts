// TC3: two tabs of one user show the same jobs; a card dismissed in one disappears from both.
import { expect, test } from './fixtures';
import { expectProgressOnlyGrew } from './support/recorder';
import { AVAILABLE_IDS, csvFile } from './support/samples';

test('TC3: two tabs of one user show the same job, and dismissing it in one removes it from both', async ({ ann, page, context }) => {
  await ann.createList('Shared');
  const tab = await context.newPage();
  await tab.goto('/lists');
  const annInTab = ann.inTab(tab);
  await annInTab.waitUntilLive();

  const job = await ann.importFile(csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10)));
  await expect(annInTab.jobCard(job)).toBeVisible();
  for (const user of [ann, annInTab]) {
    await expect(user.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
    await expect(user.jobCard(job).getByText('10/10 videos')).toBeVisible();
    await expectProgressOnlyGrew(user.page, job);
  }

  await page.bringToFront();
  await ann.jobCard(job).getByRole('button', { name: 'Dismiss' }).click();
  await expect(ann.jobCard(job)).toHaveCount(0);
  await expect(annInTab.jobCard(job), 'in the other tab as well').toHaveCount(0);
});

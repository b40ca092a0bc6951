// The page of all jobs, newest first: rows appear when jobs start, and update live.
import { expect, testWithMockYouTube as test } from './fixtures';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';

test('jobs page adds a row for each new job and updates it live', async ({ ann, context, youtube }) => {
  await ann.createList('Shelf');
  await ann.waitUntilLive();
  const tab = await context.newPage();
  await tab.goto('/jobs');
  await ann.inTab(tab).waitUntilLive();
  await expect(tab.getByText('No jobs yet')).toBeVisible();
  const rows = tab.getByRole('list').getByRole('article');
  const bar = (row: number) => rows.nth(row).getByRole('progressbar');

  youtube.pause();
  await ann.importFile(csvFile('first.csv', AVAILABLE_IDS.slice(0, 10)));
  await expect(rows).toHaveCount(1);
  await expect(tab.getByText('No jobs yet')).toHaveCount(0);
  for (const done of [1, 2, 3]) {
    youtube.answerNext(1);
    await expect(bar(0)).toHaveAttribute('aria-valuenow', `${done}0`);
  }

  await test.step('a second job is inserted above the first without disturbing it', async () => {
    await rows.first().getByRole('link').focus();
    // Its first update arrives before its row does: the row is hydrated with a newer state than the server rendered.
    await ann.importFile(csvFile('second.csv', [...AVAILABLE_IDS.slice(10, 13), PRIVATE_ID]));
    await expect(rows).toHaveCount(2);
    await expect(rows.nth(0)).toContainText('second.csv');
    await expect(rows.nth(1).getByRole('link')).toBeFocused();
    await expect(bar(1)).toHaveAttribute('aria-valuenow', '30');
    youtube.resume();
    await expect(rows.nth(0)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
    await expect(rows.nth(0)).toContainText('Completed: 3 succeeded, 1 failed');
    await expect(rows.nth(1)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
    for (const row of [0, 1]) await expect(bar(row)).toHaveAttribute('aria-valuenow', '100');
  });

  await test.step('a reload shows the same rows', async () => {
    const before = await rows.allInnerTexts();
    await tab.reload();
    await ann.inTab(tab).waitUntilLive();
    expect(await rows.allInnerTexts()).toEqual(before);
  });
});

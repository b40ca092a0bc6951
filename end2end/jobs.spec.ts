// Every job in one place, newest first: rows come by themselves as jobs begin, and each is live.
import { expect, paced as test } from './fixtures';
import { csv, FOUND, PRIVATE } from './support/samples';

test('jobs come to the page that lists them, and move there', async ({ ann, context, source }) => {
  await ann.createList('Shelf');
  await ann.live();
  const tab = await context.newPage();
  await tab.goto('/jobs');
  await ann.on(tab).live();
  await expect(tab.getByText('No jobs yet')).toBeVisible();
  const rows = tab.getByRole('list').getByRole('article');
  const bar = (row: number) => rows.nth(row).getByRole('progressbar');

  source.hold();
  await ann.upload(csv('first.csv', FOUND.slice(0, 10)));
  await expect(rows).toHaveCount(1);
  await expect(tab.getByText('No jobs yet')).toHaveCount(0);
  for (const done of [1, 2, 3]) {
    source.allow(1);
    await expect(bar(0)).toHaveAttribute('aria-valuenow', `${done}0`);
  }

  await test.step('another comes above it, and leaves it as it is', async () => {
    await rows.first().getByRole('link').focus();
    // This one is told before it is rendered: the row is woken when the page knows more than the server had said.
    await ann.upload(csv('second.csv', [...FOUND.slice(10, 13), PRIVATE]));
    await expect(rows).toHaveCount(2);
    await expect(rows.nth(0)).toContainText('second.csv');
    await expect(rows.nth(1).getByRole('link')).toBeFocused();
    await expect(bar(1)).toHaveAttribute('aria-valuenow', '30');
    source.release();
    await expect(rows.nth(0)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
    await expect(rows.nth(0)).toContainText('Completed: 3 succeeded, 1 failed');
    await expect(rows.nth(1)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
    for (const row of [0, 1]) await expect(bar(row)).toHaveAttribute('aria-valuenow', '100');
  });

  await test.step('as they are after a reload', async () => {
    const said = await rows.allInnerTexts();
    await tab.reload();
    await ann.on(tab).live();
    expect(await rows.allInnerTexts()).toEqual(said);
  });
});

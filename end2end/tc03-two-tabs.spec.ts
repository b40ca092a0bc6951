// TC3: two tabs of one person show the same, and what is dismissed in one goes in both.
import { expect, test } from './fixtures';
import { numbers, readings, stepsBack } from './support/recorder';
import { csv, FOUND } from './support/samples';

test('TC3 two tabs, one user', async ({ ann, page, context }) => {
  await ann.createList('Both');
  const tab = await context.newPage();
  await tab.goto('/lists');
  const other = ann.on(tab);
  await other.live();

  const job = await ann.upload(csv('ten.csv', FOUND.slice(0, 10)));
  await expect(other.card(job)).toBeVisible();
  for (const each of [ann, other]) {
    await expect(each.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
    await expect(each.card(job).getByText('10/10 videos')).toBeVisible();
    expect(stepsBack(numbers(await readings(each.page, job), 'bar'))).toEqual([]);
  }

  await page.bringToFront();
  await ann.card(job).getByRole('button', { name: 'Dismiss' }).click();
  await expect(ann.card(job)).toHaveCount(0);
  await expect(other.card(job), 'in the other tab as well').toHaveCount(0);
});

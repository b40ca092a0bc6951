// The strip on a job's page: each mark says which line failed and why, by hand and by key, and leads to that line of the receipt.
import { expect, test } from './fixtures';
import { csv, FOUND, PRIVATE } from './support/samples';

test.use({ settings: { DEMO_SPEED: '8' } });

test('failures are walked on the strip', async ({ ann, page }) => {
  await ann.createList('Shelf');
  // Lines 2 to 13: the third fails, the line after it repeats the first, the last is no id.
  const file = csv('shelf.csv', [...FOUND.slice(0, 2), PRIVATE, FOUND[0] ?? '', ...FOUND.slice(2, 9), 'not-an-id']);
  const job = await ann.upload(file);
  await page.goto(`/jobs/${job}`);
  const marks = page.getByRole('navigation', { name: 'Failures' }).getByRole('link');
  const [gone, malformed] = [page.getByRole('link', { name: 'Line 4: Video is private' }), page.getByRole('link', { name: /^Line 13: / })];
  // The page was loaded before they failed: they came while it was looked at.
  await expect(marks).toHaveCount(2);
  await expect(page.locator('.job-summary')).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });

  await test.step('they lie where they are among the eleven videos', async () => {
    const bar = await page.getByRole('progressbar').boundingBox();
    for (const [mark, place] of [[gone, 3], [malformed, 11]] as const) {
      const box = await mark.boundingBox();
      expect(((box?.x ?? 0) - (bar?.x ?? 0)) / (bar?.width ?? 1)).toBeCloseTo((place - 1) / 11, 2);
      expect(box?.y).toBeCloseTo(bar?.y ?? 0, 0);
    }
  });

  await test.step('arrow keys go from one to the next', async () => {
    await gone.focus();
    await page.keyboard.press('ArrowRight');
    await expect(malformed).toBeFocused();
    await page.keyboard.press('ArrowRight');
    await expect(malformed).toBeFocused();
    await page.keyboard.press('Home');
    await expect(gone).toBeFocused();
    expect(await gone.evaluate((mark) => getComputedStyle(mark, '::after').content)).toContain('Line 4');
  });

  await test.step('and lead to the line', async () => {
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/line=4#line-4$/);
    const lines = page.getByRole('region', { name: 'Lines' }).locator('tbody tr');
    await expect(lines.first()).toHaveAttribute('id', 'line-4');
    await expect(lines.first()).toContainText('Video is private');
    await expect(lines).toHaveCount(10);
    await page.getByRole('link', { name: 'To the first lines' }).click();
    await expect(lines).toHaveCount(12);
  });

  await test.step('the chips say how many lines each has', async () => {
    for (const [name, count] of [['Already there (1)', 1], ['Rejected (0)', 0], ['New (11)', 11]] as const) {
      await page.getByRole('link', { name, exact: true }).click();
      await expect(page.getByRole('link', { name, exact: true })).toHaveAttribute('aria-current', 'true');
      await expect(page.getByRole('region', { name: 'Lines' }).locator('tbody tr')).toHaveCount(count);
    }
  });

  await test.step('on its card they lie where they are in the file, whichever came back first', async () => {
    await page.getByRole('link', { name: 'View list' }).click();
    // Of ten thousand units for eleven videos.
    const path = [3, 11].map((place) => new RegExp(`M${Math.floor(((place - 1) * 10_000) / 11)} `));
    for (const mark of path) await expect(ann.card(job).locator('path.mark')).toHaveAttribute('d', mark);
  });
});

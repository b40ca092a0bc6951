// Failure marks on the progress bar of a job's page: each one names the line and the reason, is reachable by mouse and keyboard, and links to
// the line in the receipt.
import { expect, test } from './fixtures';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';

test.use({ settings: { DEMO_SPEED: '8' } });

test('failure marks show where a job failed and link to the receipt', async ({ ann, page }) => {
  await ann.createList('Shelf');
  // Lines 2 to 13: the third is private, the fourth repeats the first, the last is not an id.
  const file = csvFile('shelf.csv', [...AVAILABLE_IDS.slice(0, 2), PRIVATE_ID, AVAILABLE_IDS[0] ?? '', ...AVAILABLE_IDS.slice(2, 9), 'not-an-id']);
  const job = await ann.importFile(file);
  await page.goto(`/jobs/${job}`);
  const marks = page.getByRole('navigation', { name: 'Failures' }).getByRole('link');
  const [privateMark, malformedMark] = [page.getByRole('link', { name: 'Line 4: Video is private' }), page.getByRole('link', { name: /^Line 13: / })];
  // The page was loaded before the videos failed, so the marks appear live.
  await expect(marks).toHaveCount(2);
  await expect(page.locator('.job-summary')).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });

  await test.step('marks are at their place among the eleven videos', async () => {
    const bar = await page.getByRole('progressbar').boundingBox();
    for (const [mark, place] of [[privateMark, 3], [malformedMark, 11]] as const) {
      const box = await mark.boundingBox();
      expect(((box?.x ?? 0) - (bar?.x ?? 0)) / (bar?.width ?? 1)).toBeCloseTo((place - 1) / 11, 2);
      expect(box?.y).toBeCloseTo(bar?.y ?? 0, 0);
    }
  });

  await test.step('arrow keys move between marks', async () => {
    await privateMark.focus();
    await page.keyboard.press('ArrowRight');
    await expect(malformedMark).toBeFocused();
    await page.keyboard.press('ArrowRight');
    await expect(malformedMark).toBeFocused();
    await page.keyboard.press('Home');
    await expect(privateMark).toBeFocused();
    expect(await privateMark.evaluate((mark) => getComputedStyle(mark, '::after').content)).toContain('Line 4');
  });

  await test.step('a mark links to its line', async () => {
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/line=4#line-4$/);
    const lines = page.getByRole('region', { name: 'Lines' }).locator('tbody tr');
    await expect(lines.first()).toHaveAttribute('id', 'line-4');
    await expect(lines.first()).toContainText('Video is private');
    await expect(lines).toHaveCount(10);
    await page.getByRole('link', { name: 'First lines' }).click();
    await expect(lines).toHaveCount(12);
  });

  await test.step('filters show the number of lines', async () => {
    for (const [name, count] of [['Already there (1)', 1], ['Rejected (0)', 0], ['New (10)', 10]] as const) {
      await page.getByRole('link', { name, exact: true }).click();
      await expect(page.getByRole('link', { name, exact: true })).toHaveAttribute('aria-current', 'true');
      await expect(page.getByRole('region', { name: 'Lines' }).locator('tbody tr')).toHaveCount(count);
    }
  });

  await test.step('marks on the card are in file order, whichever video was looked up first', async () => {
    await page.getByRole('link', { name: 'View list' }).click();
    // The bar is ten thousand units wide, for eleven videos.
    const paths = [3, 11].map((place) => new RegExp(`M${Math.floor(((place - 1) * 10_000) / 11)} `));
    for (const path of paths) await expect(ann.jobCard(job).locator('path.mark')).toHaveAttribute('d', path);
  });
});

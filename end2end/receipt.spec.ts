// The receipt of a job: filters, search, download, and retrying failures by cause.
import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';

test.use({ settings: { DEMO_SPEED: '8' } });

test('receipt can be filtered, searched and downloaded, and its failures retried by cause', async ({ ann, page }) => {
  await ann.createList('Mixed');
  const job = await ann.importFile(csvFile('mixed.csv', [...AVAILABLE_IDS.slice(0, 4), PRIVATE_ID, 'not-an-id', AVAILABLE_IDS[0] ?? '', 'https://example.com/']));
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
  await ann.jobCard(job).getByRole('link', { name: 'View job' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'mixed.csv' })).toBeVisible();

  const lines = page.getByRole('region', { name: 'Receipt' }).getByRole('table').getByRole('row');
  await expect(lines).toHaveCount(1 + 8);

  await test.step('filter by cause and verdict', async () => {
    const filterBy = async (chip: string | RegExp, rows: number, text: string) => {
      await page.getByRole('navigation', { name: 'Which lines' }).getByRole('link', { name: chip }).click();
      await expect(lines).toHaveCount(1 + rows);
      await expect(lines.nth(1)).toContainText(text);
    };
    await filterBy('Failed: unavailable (1)', 1, PRIVATE_ID);
    await filterBy(/not an id/, 1, 'not-an-id');
    await filterBy('Rejected', 1, 'example.com');
    await filterBy('Already there', 1, 'Already on line');
    await filterBy('New', 5, AVAILABLE_IDS[0] ?? '');
    await filterBy('All lines', 8, AVAILABLE_IDS[0] ?? '');
  });

  await test.step('search, ignoring case', async () => {
    await page.getByLabel('Search the receipt').fill('EXAMPLE.com');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(lines).toHaveCount(2);
    await expect(page.getByLabel('Search the receipt')).toHaveValue('EXAMPLE.com');
    await page.getByLabel('Search the receipt').fill('100 % + nothing');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page.getByText('No matching lines.')).toBeVisible();
    await expect(page.getByLabel('Search the receipt')).toHaveValue('100 % + nothing');
    await page.getByRole('link', { name: 'All lines' }).click();
    await expect(lines).toHaveCount(9);
  });

  await test.step('download as CSV', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as CSV' }).click();
    const text = readFileSync(await (await download).path(), 'utf8');
    expect(text.trim().split('\r\n')).toHaveLength(9);
    expect(text).toContain('not-an-id');
  });

  await test.step('timeline', async () => {
    await expect(page.getByRole('img', { name: /^6 of 6 videos in .*, 2 failed$/ })).toBeVisible();
  });

  await test.step('retry by cause', async () => {
    await expect(page.getByRole('button', { name: /Retry/ })).toHaveText(['Retry 1 unavailable']);
    await page.getByRole('button', { name: 'Retry 1 unavailable' }).click();
    await expect(page.getByRole('link', { name: 'Retry of an earlier job' })).toHaveAttribute('href', `/jobs/${job}`);
    await expect(page.getByText('1/1 videos')).toBeVisible({ timeout: 30_000 });
    await page.getByRole('link', { name: 'Retry of an earlier job' }).click();
    await expect(page).toHaveURL(new RegExp(job));
    await expect(page.getByRole('link', { name: /^Retried / })).toBeVisible();
    await expect(lines.filter({ hasText: PRIVATE_ID }), 'the receipt of the first job is unchanged').toContainText('Failed');
  });
});

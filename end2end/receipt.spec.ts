// What became of each line, and trying again what failed: one button a cause, with ways there and back.
import { readFileSync } from 'node:fs';
import { expect, test } from './fixtures';
import { csv, FOUND, PRIVATE } from './support/samples';

test.use({ settings: { DEMO_SPEED: '8' } });

test('the receipt is filtered, searched, downloaded; failures are tried again by cause', async ({ ann, page }) => {
  await ann.createList('Mixed');
  const job = await ann.upload(csv('mixed.csv', [...FOUND.slice(0, 4), PRIVATE, 'not-an-id', FOUND[0] ?? '', 'https://example.com/']));
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
  await ann.card(job).getByRole('link', { name: 'View job' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'mixed.csv' })).toBeVisible();

  const lines = page.getByRole('region', { name: 'Receipt' }).getByRole('table').getByRole('row');
  await expect(lines).toHaveCount(1 + 8);

  await test.step('by cause and verdict', async () => {
    const show = async (chip: string | RegExp, rows: number, text: string) => {
      await page.getByRole('navigation', { name: 'Which lines' }).getByRole('link', { name: chip }).click();
      await expect(lines).toHaveCount(1 + rows);
      await expect(lines.nth(1)).toContainText(text);
    };
    await show('Failed: unavailable (1)', 1, PRIVATE);
    await show(/not an id/, 1, 'not-an-id');
    await show('Rejected', 1, 'example.com');
    await show('Already there', 1, 'Already on line');
    await show('New', 6, FOUND[0] ?? '');
    await show('All lines', 8, FOUND[0] ?? '');
  });

  await test.step('by text, in any case', async () => {
    await page.getByLabel('Search the receipt').fill('EXAMPLE.com');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(lines).toHaveCount(2);
    await expect(page.getByLabel('Search the receipt')).toHaveValue('EXAMPLE.com');
    await page.getByLabel('Search the receipt').fill('100 % + nothing');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page.getByText('No such lines.')).toBeVisible();
    await expect(page.getByLabel('Search the receipt')).toHaveValue('100 % + nothing');
    await page.getByRole('link', { name: 'All lines' }).click();
    await expect(lines).toHaveCount(9);
  });

  await test.step('as a file', async () => {
    const started = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as CSV' }).click();
    const text = readFileSync(await (await started).path(), 'utf8');
    expect(text.trim().split('\r\n')).toHaveLength(9);
    expect(text).toContain('not-an-id');
  });

  await test.step('the course is drawn', async () => {
    await expect(page.getByRole('img', { name: /^6 of 6 videos in .*, 2 failed$/ })).toBeVisible();
  });

  await test.step('again, by cause', async () => {
    await expect(page.getByRole('button', { name: /Retry/ })).toHaveText(['Retry 1 unavailable']);
    await page.getByRole('button', { name: 'Retry 1 unavailable' }).click();
    await expect(page.getByRole('link', { name: 'Retry of an earlier job' })).toHaveAttribute('href', `/jobs/${job}`);
    await expect(page.getByText('1/1 videos')).toBeVisible({ timeout: 30_000 });
    await page.getByRole('link', { name: 'Retry of an earlier job' }).click();
    await expect(page).toHaveURL(new RegExp(job));
    await expect(page.getByRole('link', { name: /^Tried again / })).toBeVisible();
    await expect(lines.filter({ hasText: PRIVATE }), 'what was is still told').toContainText('Failed');
  });
});

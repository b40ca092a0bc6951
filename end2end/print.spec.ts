// Printing a job's page: the receipt in full, without controls.
import { expect, test } from './fixtures';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';

test.use({ settings: { DEMO_SPEED: '8' } });

test('job page prints its receipt without controls', async ({ ann, page }) => {
  await ann.createList('Mixed');
  const job = await ann.importFile(csvFile('mixed.csv', [...AVAILABLE_IDS.slice(0, 4), PRIVATE_ID, AVAILABLE_IDS[0] ?? '', 'https://example.com/']));
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
  await page.goto(`/jobs/${job}`);
  await ann.waitUntilLive();
  const receipt = page.getByRole('region', { name: 'Receipt' });
  const controls = {
    header: page.getByRole('banner'),
    buttons: page.getByRole('button'),
    chips: page.getByRole('navigation', { name: 'Which lines' }),
    search: page.getByRole('search'),
    download: page.getByRole('link', { name: 'Download as CSV' }),
  };
  for (const [name, control] of Object.entries(controls)) await expect(control.first(), `${name} on screen`).toBeVisible();

  await page.emulateMedia({ media: 'print' });
  // Hidden elements have no role, so locators by role do not find them.
  for (const [name, control] of Object.entries(controls)) await expect(control, `${name} on paper`).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1, name: 'mixed.csv' })).toBeVisible();
  await expect(page.getByText('5/5 videos')).toBeVisible();

  for (const header of ['Line', 'Input', 'Verdict', 'Outcome', 'Reason']) await expect(receipt.getByRole('columnheader', { name: header })).toBeVisible();
  const expectLine = async (number: string, ...cells: (string | RegExp)[]) => {
    const row = receipt.getByRole('row').filter({ has: page.getByRole('cell', { name: number, exact: true }) });
    for (const [index, text] of cells.entries()) await expect(row.getByRole('cell').nth(index + 1)).toContainText(text);
    for (const cell of await row.getByRole('cell').all()) await expect(cell).toBeVisible();
  };
  await expectLine('2', AVAILABLE_IDS[0] ?? '', 'New', 'Succeeded');
  await expectLine('6', PRIVATE_ID, 'New', 'Failed', /private/i);
  await expectLine('7', AVAILABLE_IDS[0] ?? '', 'Already there', 'Already there', 'Already on line 2');
  await expectLine('8', 'https://example.com/', 'Rejected', 'Rejected', /YouTube/);

  const pdf = await page.pdf({ format: 'A4' });
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  // An empty page takes less than a kilobyte.
  expect(pdf.length).toBeGreaterThan(5_000);
});

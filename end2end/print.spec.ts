// A receipt on paper: what became of each line, without what can only be pressed.
import { expect, test } from './fixtures';
import { csv, FOUND, PRIVATE } from './support/samples';

test.use({ settings: { DEMO_SPEED: '8' } });

test('a job’s page is printed as its receipt', async ({ ann, page }) => {
  await ann.createList('Mixed');
  const job = await ann.upload(csv('mixed.csv', [...FOUND.slice(0, 4), PRIVATE, FOUND[0] ?? '', 'https://example.com/']));
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
  await page.goto(`/jobs/${job}`);
  await ann.live();
  const receipt = page.getByRole('region', { name: 'Receipt' });
  const pressed = {
    header: page.getByRole('banner'),
    buttons: page.getByRole('button'),
    chips: page.getByRole('navigation', { name: 'Which lines' }),
    search: page.getByRole('search'),
    download: page.getByRole('link', { name: 'Download as CSV' }),
  };
  for (const [what, each] of Object.entries(pressed)) await expect(each.first(), `${what}, on screen`).toBeVisible();

  await page.emulateMedia({ media: 'print' });
  // What is hidden has no role any more.
  for (const [what, each] of Object.entries(pressed)) await expect(each, `${what}, on paper`).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1, name: 'mixed.csv' })).toBeVisible();
  await expect(page.getByText('5/5 videos')).toBeVisible();

  for (const head of ['Line', 'Input', 'Verdict', 'Outcome', 'Reason']) await expect(receipt.getByRole('columnheader', { name: head })).toBeVisible();
  const line = async (number: string, ...cells: (string | RegExp)[]) => {
    const row = receipt.getByRole('row').filter({ has: page.getByRole('cell', { name: number, exact: true }) });
    for (const [at, text] of cells.entries()) await expect(row.getByRole('cell').nth(at + 1)).toContainText(text);
    for (const cell of await row.getByRole('cell').all()) await expect(cell).toBeVisible();
  };
  await line('2', FOUND[0] ?? '', 'New', 'Succeeded');
  await line('6', PRIVATE, 'New', 'Failed', /private/i);
  await line('7', FOUND[0] ?? '', 'Already there', 'Already there', 'Already on line 2');
  await line('8', 'https://example.com/', 'Rejected', 'Rejected', /YouTube/);

  const paper = await page.pdf({ format: 'A4' });
  expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
  // A page with nothing on it has less than a kilobyte.
  expect(paper.length).toBeGreaterThan(5_000);
});

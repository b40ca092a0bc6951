// A list: search, filters, sorting, pages, adding and deleting videos.
import { expect, test } from './fixtures';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID, sampleFile } from './support/samples';

test.use({ settings: { DEMO_SPEED: '20' } });

test('videos of a list can be filtered, sorted, searched, added and deleted', async ({ ann, page, consoleErrors }) => {
  await ann.createList('Shelf');
  const job = await ann.importFile(csvFile('shelf.csv', [...AVAILABLE_IDS.slice(0, 9), PRIVATE_ID]));
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
  const rows = page.locator('.video-table tbody tr');
  await expect(rows).toHaveCount(10);
  const titles = () => rows.getByRole('link').allTextContents();

  await test.step('filter by state, sort by title', async () => {
    await page.getByLabel('State').selectOption('Unavailable');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(rows).toHaveCount(1);
    await page.getByRole('link', { name: 'Show all' }).click();
    await expect(rows).toHaveCount(10);
    await page.getByLabel('Order').selectOption('By title');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(page).toHaveURL(/sort=title/);
    await expect(page.getByLabel('Order')).toHaveValue('title');
    const sorted = await titles();
    expect(sorted.map((title) => title.toLowerCase())).toEqual(sorted.map((title) => title.toLowerCase()).sort());
  });

  await test.step('search', async () => {
    const [title = ''] = await titles();
    await page.getByLabel('Search videos').fill(title.toUpperCase());
    await page.keyboard.press('Enter');
    await expect(rows.first()).toContainText(title);
    await page.getByLabel('Search videos').fill('100 % nothing');
    await page.keyboard.press('Enter');
    await expect(page.getByText('No matching videos.')).toBeVisible();
    await page.getByRole('link', { name: 'Show all' }).click();
    await expect(rows).toHaveCount(10);
  });

  await test.step('add a video by its URL', async () => {
    const field = page.getByLabel('Add one video');
    await field.fill(`https://youtu.be/${AVAILABLE_IDS[12]}?si=share`);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(rows).toHaveCount(11);
    await expect(field).toHaveValue('');
    consoleErrors.allow(/^Failed to load resource: the server responded with a status of 422 /);
    await field.fill('https://example.org/');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(page.getByRole('alert').filter({ hasText: /not to YouTube/ })).toBeVisible();
    await expect(field).toHaveValue('https://example.org/');
  });

  await test.step('delete ticked videos', async () => {
    const deleteButton = page.getByRole('button', { name: 'Delete from list' });
    await expect(deleteButton).toBeHidden();
    await rows.nth(0).getByRole('checkbox').check();
    await rows.nth(1).getByRole('checkbox').check();
    await deleteButton.click();
    await expect(rows).toHaveCount(9);
    await expect(deleteButton).toBeHidden();
  });

  await test.step('select all and none', async () => {
    await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
    await expect(rows.getByRole('checkbox', { checked: true })).toHaveCount(9);
    await page.getByRole('button', { name: 'Select none' }).click();
    await expect(page.getByRole('checkbox', { checked: true })).toHaveCount(0);
  });
});

test('ticked video stays ticked while rows are updated and inserted', async ({ ann, page }) => {
  const list = await ann.createList('Shelf');
  await ann.importFile(csvFile('shelf.csv', AVAILABLE_IDS));
  await page.goto(`/lists/${list}?sort=added`);
  const [boxes, badges] = [page.locator('.video-table tbody').getByRole('checkbox'), page.locator('.video-table .badge')];
  await boxes.nth(2).check();
  const id = await boxes.nth(2).getAttribute('value');
  await expect(badges.filter({ hasText: 'Ready' })).toHaveCount(AVAILABLE_IDS.length, { timeout: 30_000 });
  // Sorted by date added, newest first, so the new video goes on top.
  await page.getByLabel('Add one video').fill('https://youtu.be/dQw4w9WgXcQ');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(boxes).toHaveCount(AVAILABLE_IDS.length + 1);
  await expect(page.getByRole('checkbox', { checked: true })).toHaveCount(1);
  await expect(page.getByRole('checkbox', { checked: true })).toHaveValue(id ?? '');
});

test('list name that looks like markup is shown as it is', async ({ ann, page }) => {
  const name = '</title><b>A & B';
  await ann.createList(name);
  await expect(page).toHaveTitle(`${name} – Playmarks`);
  await page.reload();
  await expect(page).toHaveTitle(`${name} – Playmarks`);
});

test('long list is split into pages of 100 videos', async ({ ann, page }) => {
  test.setTimeout(90_000);
  await ann.createList('Long');
  await ann.importFile(sampleFile('large-2000.csv'));
  const boxes = page.locator('.video-table tbody').getByRole('checkbox');
  await expect(boxes).toHaveCount(100);
  const first = await boxes.first().getAttribute('value');
  await page.getByRole('link', { name: 'Next videos' }).click();
  await expect(page.getByRole('link', { name: 'First videos' })).toBeVisible();
  await expect(boxes).toHaveCount(100);
  expect(await boxes.first().getAttribute('value')).not.toBe(first);
  await page.getByRole('link', { name: 'First videos' }).click();
  await expect(boxes.first()).toHaveAttribute('value', first ?? '');
});

test('sample creates a list, whose job is on the jobs page', async ({ ann, page }) => {
  await page.getByRole('button', { name: 'Try it with a sample' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Open films (sample)' })).toBeVisible();
  await ann.waitUntilLive();
  await expect(page.locator('article.job-card')).toHaveAttribute('data-status', /^completed/, { timeout: 30_000 });
  await page.getByRole('link', { name: 'Jobs' }).click();
  await expect(page.getByRole('link', { name: 'open-films.txt' })).toBeVisible();
});

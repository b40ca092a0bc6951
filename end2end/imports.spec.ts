// A file is shown before it is imported: what it is, where it goes, what is new in it. Nothing is stored until that is said to be right.
import { expect, test } from './fixtures';
import { TERMINAL } from './support/api';
import { csv, FOUND } from './support/samples';
import { zip } from './support/zip';

test.use({ settings: { DEMO_SPEED: '8' } });

const ten = csv('ten.csv', FOUND.slice(0, 10));

test('a file is previewed, put away, previewed again and imported', async ({ ann, page }) => {
  const list = await ann.createList('Cooking');
  const stored = async () => {
    const videos = (await (await page.request.get(`/api/lists/${list}/videos`)).json()) as { items: unknown[] };
    const jobs = (await (await page.request.get('/api/jobs')).json()) as { items: unknown[] };
    return [videos.items.length, jobs.items.length];
  };

  const bad = csv('mixed.csv', [...FOUND.slice(0, 3), FOUND[0] ?? '', 'https://example.com/watch?v=x']);
  const preview = await ann.preview(bad);
  await expect(preview.getByRole('heading')).toBeFocused();
  await expect(preview).toContainText('CSV table, 5 lines, into the list “Cooking”');
  for (const verdict of ['3 new', '1 already there', '1 rejected']) await expect(preview.getByText(verdict)).toBeVisible();
  await expect(preview.getByRole('table').getByRole('row')).toHaveCount(6);
  await expect(preview.getByText('1 line is not a video')).toBeVisible();
  await expect(preview.getByText('Line 6')).toBeVisible();
  await expect(preview.getByRole('button', { name: 'Import 3 videos' })).toBeVisible();
  await preview.getByRole('button', { name: 'Cancel' }).click();
  await expect(preview).toHaveCount(0);
  await expect(page.getByLabel('Choose file')).toBeFocused();
  expect(await stored(), 'nothing of it was stored').toEqual([0, 0]);

  const job = await ann.upload(bad);
  await expect(page.getByRole('status').filter({ hasText: '3 new, 1 already there, 1 rejected' })).toBeVisible();
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  expect(await stored()).toEqual([3, 1]);

  await test.step('the same file has nothing new', async () => {
    const again = await ann.preview(bad);
    await expect(again.getByText('Nothing in it is new')).toBeVisible();
    await expect(again.getByRole('button', { name: /Import/ })).toHaveCount(0);
    await again.getByRole('button', { name: 'Close' }).click();
  });
});

test('links are pasted: into the field, or anywhere', async ({ ann, page }) => {
  await ann.createList('Pasted');
  await page.getByText('Paste links instead').click();
  await page.getByLabel('Links or video ids, one a line').fill(`https://youtu.be/${FOUND[0]}\n${FOUND[1]}`);
  await page.getByRole('button', { name: 'Preview' }).click();
  const preview = page.getByRole('region', { name: 'Import Pasted links.txt?' });
  await expect(preview.getByText('2 new')).toBeVisible();
  await preview.getByRole('button', { name: 'Cancel' }).click();

  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, FOUND.slice(0, 3).join('\n'));
  await expect(preview.getByText('3 new')).toBeVisible();
  await preview.getByRole('button', { name: 'Import 3 videos' }).click();
  await expect(page.getByRole('table').getByText('Ready')).toHaveCount(3, { timeout: 30_000 });
});

test('a file is dropped', async ({ ann, page }) => {
  await ann.createList('Dropped');
  const drop = page.locator('.drop');
  const data = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'dropped.txt', { type: 'text/plain' }));
    return transfer;
  }, FOUND.slice(0, 4).join('\n'));
  await drop.dispatchEvent('dragover', { dataTransfer: data });
  await expect(drop).toHaveClass(/over/);
  await drop.dispatchEvent('drop', { dataTransfer: data });
  await expect(page.getByRole('region', { name: 'Import dropped.txt?' }).getByText('4 new')).toBeVisible();
});

test('a file that is no list of videos is refused with what to do', async ({ ann, page, guard }) => {
  guard.allow(/^Failed to load resource: the server responded with a status of 4\d\d /);
  await ann.createList('Refused');
  await page.getByLabel('Choose file').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('Channel Id,Channel Url,Channel Title\nUC1,http://x,X\n') });
  await expect(page.getByRole('alert').filter({ hasText: 'holds no videos. Upload the archive' })).toBeVisible();
});

test('an import by keyboard alone', async ({ ann, page }) => {
  await ann.createList('Keyboard');
  const field = page.getByLabel('Choose file');
  // The browser's own dialog cannot be driven; everything around it is.
  for (let presses = 0; presses < 40 && !(await field.evaluate((element) => element === document.activeElement)); presses += 1) {
    await page.keyboard.press('Tab');
  }
  await expect(field).toBeFocused();
  await field.setInputFiles(ten);
  await expect(page.getByRole('heading', { name: 'Import ten.csv?' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Import 10 videos' })).toBeFocused();
  await page.keyboard.press('Enter');
  const jobs = async () => ((await (await page.request.get('/api/jobs')).json()) as { items: { status: string }[] }).items.map((job) => job.status);
  await expect.poll(async () => (await jobs()).every((status) => TERMINAL.includes(status)) && (await jobs()).length, { timeout: 30_000 }).toBe(1);
});

test('a whole archive becomes a list for each playlist', async ({ ann, page }) => {
  const playlist = (ids: readonly string[]) => `Video ID,Playlist Video Creation Timestamp\n${ids.map((id) => `${id},2026-02-25T19:35:57+00:00\n`).join('')}`;
  const folder = 'Takeout/YouTube and YouTube Music/playlists';
  const archive = zip('takeout.zip', {
    [`${folder}/Evenings-videos.csv`]: playlist(FOUND.slice(0, 3)),
    [`${folder}/Travel-videos.csv`]: playlist(FOUND.slice(3, 8)),
  });
  const preview = await ann.preview(archive);
  await expect(preview).toContainText('2 lists');
  for (const name of ['Evenings', 'Travel']) await expect(preview.getByRole('heading', { name })).toBeVisible();
  for (const text of ['3 new', '5 new']) await expect(preview.getByText(text, { exact: true })).toBeVisible();
  await expect(preview.getByText('New list')).toHaveCount(2);
  await expect(page.getByText('No lists yet'), 'nothing is stored yet').toBeVisible();

  await preview.getByRole('button', { name: 'Import 8 videos' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Travel: 5 new, 0 already there, 0 rejected' })).toBeVisible();
  const cards = page.getByRole('article').filter({ has: page.getByRole('heading', { level: 2 }) });
  await expect(cards.filter({ hasText: 'Evenings' })).toContainText('3 videos');
  await expect(cards.filter({ hasText: 'Travel' })).toContainText('5 videos');
  await expect(page.locator('article.job-card')).toHaveCount(2);
  // Lists that are newer than the page.
  for (const name of ['Evenings', 'Travel']) await expect(page.locator('article.job-card').getByRole('link', { name, exact: true })).toBeVisible();
});

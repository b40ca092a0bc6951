// Imports: the preview shows the format, the target list and what is new. Nothing is stored until the user confirms.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { TERMINAL_STATUSES } from './support/api';
import { AVAILABLE_IDS, csvFile } from './support/samples';
import { tabTo } from './support/user';
import { zipFile } from './support/zip';

test.use({ settings: { DEMO_SPEED: '8' } });

const tenVideos = csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10));

test('preview stores nothing until the import is confirmed', async ({ ann, page }) => {
  const list = await ann.createList('Cooking');
  const countStored = async () => {
    const videos = (await (await page.request.get(`/api/lists/${list}/videos`)).json()) as { items: unknown[] };
    const jobs = (await (await page.request.get('/api/jobs')).json()) as { items: unknown[] };
    return [videos.items.length, jobs.items.length];
  };

  const mixed = csvFile('mixed.csv', [...AVAILABLE_IDS.slice(0, 3), AVAILABLE_IDS[0] ?? '', 'https://example.com/watch?v=x']);
  const preview = await ann.previewFile(mixed);
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
  expect(await countStored(), 'stored videos and jobs after Cancel').toEqual([0, 0]);

  const job = await ann.importFile(mixed);
  await expect(page.getByRole('status').filter({ hasText: '3 new, 1 already there, 1 rejected' })).toBeVisible();
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  expect(await countStored()).toEqual([3, 1]);

  await test.step('the same file again has nothing new', async () => {
    const again = await ann.previewFile(mixed);
    await expect(again.getByText('There is nothing new')).toBeVisible();
    await expect(again.getByRole('button', { name: /Import/ })).toHaveCount(0);
    await again.getByRole('button', { name: 'Close' }).click();
  });
});

test('links can be pasted into the field or anywhere on the page', async ({ ann, page }) => {
  await ann.createList('Pasted');
  await page.getByText('Paste links instead').click();
  await page.getByLabel('Links or video ids, one per line').fill(`https://youtu.be/${AVAILABLE_IDS[0]}\n${AVAILABLE_IDS[1]}`);
  await page.getByRole('button', { name: 'Preview' }).click();
  const preview = page.getByRole('region', { name: 'Import Pasted links.txt?' });
  await expect(preview.getByText('2 new')).toBeVisible();
  await preview.getByRole('button', { name: 'Cancel' }).click();

  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, AVAILABLE_IDS.slice(0, 3).join('\n'));
  await expect(preview.getByText('3 new')).toBeVisible();
  await preview.getByRole('button', { name: 'Import 3 videos' }).click();
  await expect(page.getByRole('table').getByText('Ready')).toHaveCount(3, { timeout: 30_000 });
});

test('dropped file is previewed', async ({ ann, page }) => {
  await ann.createList('Dropped');
  const dropZone = page.locator('.drop-zone');
  const dataTransfer = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'dropped.txt', { type: 'text/plain' }));
    return transfer;
  }, AVAILABLE_IDS.slice(0, 4).join('\n'));
  await dropZone.dispatchEvent('dragover', { dataTransfer });
  await expect(dropZone).toHaveClass(/drag-over/);
  await dropZone.dispatchEvent('drop', { dataTransfer });
  await expect(page.getByRole('region', { name: 'Import dropped.txt?' }).getByText('4 new')).toBeVisible();
});

test('file without videos is refused with advice', async ({ ann, page, consoleErrors }) => {
  consoleErrors.allow(/^Failed to load resource: the server responded with a status of 4\d\d /);
  await ann.createList('Refused');
  await page.getByLabel('Choose file').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from('Channel Id,Channel Url,Channel Title\nUC1,http://x,X\n') });
  await expect(page.getByRole('alert').filter({ hasText: 'holds no videos. Upload the archive' })).toBeVisible();
});

test('file can be imported by keyboard alone', async ({ ann, page }) => {
  await ann.createList('Keyboard');
  const fileInput = page.getByLabel('Choose file');
  // The browser's file dialog cannot be automated; everything around it is.
  await tabTo(page, fileInput);
  await fileInput.setInputFiles(tenVideos);
  await expect(page.getByRole('heading', { name: 'Import ten.csv?' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Import 10 videos' })).toBeFocused();
  await page.keyboard.press('Enter');
  const jobStatuses = async () => ((await (await page.request.get('/api/jobs')).json()) as { items: { status: string }[] }).items.map((job) => job.status);
  await expect.poll(async () => (await jobStatuses()).every((status) => TERMINAL_STATUSES.includes(status)) && (await jobStatuses()).length, { timeout: 30_000 }).toBe(1);
});

test('Takeout archive becomes one list per playlist', async ({ ann, page }) => {
  const folder = 'Takeout/YouTube and YouTube Music/playlists';
  const archive = zipFile('takeout.zip', {
    [`${folder}/Evenings-videos.csv`]: playlistCsv(AVAILABLE_IDS.slice(0, 3)),
    [`${folder}/Travel-videos.csv`]: playlistCsv(AVAILABLE_IDS.slice(3, 8)),
  });
  const preview = await ann.previewFile(archive);
  await expect(preview).toContainText('2 lists');
  for (const name of ['Evenings', 'Travel']) await expect(preview.getByRole('heading', { name })).toBeVisible();
  for (const text of ['3 new', '5 new']) await expect(preview.getByText(text, { exact: true })).toBeVisible();
  await expect(preview.getByText('New list')).toHaveCount(2);
  await expect(page.getByText('No lists yet'), 'nothing is stored before the import').toBeVisible();

  await preview.getByRole('button', { name: 'Import 8 videos' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Travel: 5 new, 0 already there, 0 rejected' })).toBeVisible();
  const cards = page.getByRole('article').filter({ has: page.getByRole('heading', { level: 2 }) });
  await expect(cards.filter({ hasText: 'Evenings' })).toContainText('3 videos');
  await expect(cards.filter({ hasText: 'Travel' })).toContainText('5 videos');
  await expect(page.locator('article.job-card')).toHaveCount(2);
  // The cards name lists that were created after the page had loaded.
  for (const name of ['Evenings', 'Travel']) await expect(page.locator('article.job-card').getByRole('link', { name, exact: true })).toBeVisible();
});

/** Drops files and folders of this machine, as a file manager does. */
async function dropPaths(page: Page, target: Locator, files: string[]): Promise<void> {
  const box = await target.boundingBox();
  if (!box) throw new Error('the target is not visible');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x, y, data: { items: [], files, dragOperationsMask: 1 } });
  }
}

const playlistCsv = (ids: readonly string[]) => `Video ID,Playlist Video Creation Timestamp\n${ids.map((id) => `${id},2026-02-25T19:35:57+00:00\n`).join('')}`;

test('several files are chosen by keyboard, and one that is refused is named', async ({ ann, page }) => {
  const fileInput = page.getByLabel('Choose files');
  await tabTo(page, fileInput);
  await fileInput.setInputFiles([
    csvFile('Evenings.csv', AVAILABLE_IDS.slice(0, 3)),
    csvFile('Travel.csv', ['not-an-id', ...AVAILABLE_IDS.slice(3, 8)]),
    { name: 'subscriptions.csv', mimeType: 'text/csv', buffer: Buffer.from('Channel Id,Channel Url,Channel Title\n') },
  ]);
  const preview = page.getByRole('region', { name: 'Import 3 files?' });
  await expect(preview.getByRole('heading', { name: 'Import 3 files?' })).toBeFocused();
  for (const text of ['from Evenings.csv', 'from Travel.csv', '3 new', '5 new', '1 not an id', '1 file is not a list of videos']) {
    await expect(preview.getByText(text, { exact: true })).toBeVisible();
  }
  await expect(preview.getByText('“subscriptions.csv”: This is the list of channels')).toBeVisible();
  await page.keyboard.press('Tab');
  await tabTo(page, preview.getByRole('button', { name: 'Import 8 videos' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').filter({ hasText: 'Travel: 5 new, 0 already there, 1 not an id, 0 rejected' })).toBeVisible();
  const sources = async () => ((await (await page.request.get('/api/jobs')).json()) as { items: { source_name: string }[] }).items.map((job) => job.source_name).sort();
  expect(await sources()).toEqual(['Evenings.csv', 'Travel.csv']);
  await expect(ann.page.locator('article.job-card')).toHaveCount(2);
});

test('several files are dropped at once, into lists but not into one', async ({ ann, page, consoleErrors }, testInfo) => {
  consoleErrors.allow(/^Failed to load resource: the server responded with a status of 422 /);
  const paths = ['one.txt', 'two.txt'].map((name, index) => {
    const path = testInfo.outputPath(name);
    writeFileSync(path, AVAILABLE_IDS.slice(index * 3, index * 3 + 3).map((id) => `https://youtu.be/${id}`).join('\n'));
    return path;
  });
  await dropPaths(page, page.locator('.drop-zone'), paths);
  const preview = page.getByRole('region', { name: 'Import 2 files?' });
  await expect(preview.getByRole('button', { name: 'Import 6 videos' })).toBeVisible();
  await preview.getByRole('button', { name: 'Cancel' }).click();

  await ann.createList('One');
  await dropPaths(page, page.locator('.drop-zone'), paths);
  await expect(page.getByRole('alert').filter({ hasText: 'Only one file at a time can go into a list.' })).toBeVisible();
});

test('dropped folder is read to its depth, and its files belong together', async ({ ann, page }, testInfo) => {
  const playlists = testInfo.outputPath('Takeout', 'YouTube', 'playlists');
  mkdirSync(playlists, { recursive: true });
  writeFileSync(join(playlists, 'Music_ old-videos.csv'), playlistCsv(AVAILABLE_IDS.slice(0, 3)));
  writeFileSync(join(playlists, 'Travel-videos.csv'), playlistCsv(AVAILABLE_IDS.slice(3, 8)));
  const contents = 'Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Visibility\nPL1,False,Music: old,Private\nPL2,False,Travel,Private\n';
  writeFileSync(join(playlists, 'playlists.csv'), contents);
  await dropPaths(page, page.locator('.drop-zone'), [testInfo.outputPath('Takeout')]);
  const preview = page.getByRole('region', { name: 'Import 3 files?' });
  for (const name of ['Music: old', 'Travel']) await expect(preview.getByRole('heading', { name })).toBeVisible();
  await expect(preview.getByText('“Takeout/YouTube/playlists/playlists.csv”: This is the table of contents')).toBeVisible();
  await preview.getByRole('button', { name: 'Import 8 videos' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Music: old: 3 new' })).toBeVisible();
  await expect(ann.page.locator('article.job-card')).toHaveCount(2);
});

test('folder with too many files is refused before anything is sent', async ({ page, ann }, testInfo) => {
  await ann.waitUntilLive();
  const folder = testInfo.outputPath('many');
  mkdirSync(folder);
  for (let index = 0; index < 1_001; index += 1) writeFileSync(join(folder, `${index}.txt`), AVAILABLE_IDS[0] ?? '');
  let sent = 0;
  page.on('request', (request) => (sent += request.url().includes('/imports/') ? 1 : 0));
  await dropPaths(page, page.locator('.drop-zone'), [folder]);
  await expect(page.getByRole('alert').filter({ hasText: 'These are more than 1 000 files.' })).toBeVisible();
  expect(sent).toBe(0);
});

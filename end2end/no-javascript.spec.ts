// Without JavaScript the product is slower, not gone: every form is a plain form, every page is whole.
import { randomBytes } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { csv, FOUND, PRIVATE } from './support/samples';

test.use({ javaScriptEnabled: false, settings: { DEMO_SPEED: '4' } });

/** Signs up, makes a list, and tells its address. */
async function listOfSomebodyNew(page: Page, name: string): Promise<string> {
  await page.goto('/sign-up');
  await page.getByLabel('E-mail address').fill(`${randomBytes(6).toString('hex')}@example.org`);
  await page.getByLabel('Password', { exact: true }).fill(randomBytes(9).toString('base64'));
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Lists' })).toBeVisible();

  await page.getByLabel('Name of the new list').fill(name);
  await page.getByRole('button', { name: 'Create list' }).click();
  await expect(page.getByRole('heading', { level: 1, name: name })).toBeVisible();
  return page.url();
}

test('signs up, makes a list and uploads without JavaScript', async ({ page }) => {
  const list = await listOfSomebodyNew(page, 'Plain');
  await page.getByLabel('Choose file').setInputFiles(csv('ten.csv', FOUND.slice(0, 10)));
  await page.getByRole('button', { name: 'Upload' }).click();
  // Looking again is done by hand here.
  await expect(async () => {
    await page.goto(list);
    await expect(page.getByRole('table').getByText('Ready')).toHaveCount(10, { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
});

test('adds, finds, deletes and tries again without JavaScript', async ({ page }) => {
  const list = await listOfSomebodyNew(page, 'Plain');
  await page.getByLabel('Choose file').setInputFiles(csv('five.csv', [...FOUND.slice(0, 4), PRIVATE]));
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'five.csv' })).toBeVisible();
  const retry = page.getByRole('button', { name: 'Retry 1 unavailable' });
  await expect(async () => {
    await page.reload();
    await expect(retry).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await expect(page.getByRole('img', { name: /^5 of 5 videos in / })).toBeVisible();
  await retry.click();
  await page.getByRole('link', { name: 'Retry of an earlier job' }).click();
  await expect(page.getByRole('link', { name: /^Tried again / })).toBeVisible();
  await page.getByRole('link', { name: 'Rejected' }).click();
  await expect(page.getByText('No such lines.')).toBeVisible();

  await page.goto(list);
  await page.getByLabel('Add one video').fill(`https://youtu.be/${FOUND[5]}`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const boxes = page.getByRole('table').getByRole('checkbox');
  await expect(boxes).toHaveCount(6);
  await page.getByLabel('Add one video').fill('no video at all');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByText('This is not a link to a YouTube video')).toBeVisible();
  await page.getByLabel('State').selectOption('Ready');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByText('Unavailable video')).toHaveCount(0);
  await boxes.first().check();
  await page.getByRole('button', { name: 'Delete from list' }).click();
  await page.goto(list);
  await expect(boxes).toHaveCount(5);
});

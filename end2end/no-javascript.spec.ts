// Without JavaScript the product is slower, not gone: every form is a plain form, every page is whole.
import { randomBytes } from 'node:crypto';
import { expect, test } from './fixtures';
import { csv, FOUND } from './support/samples';

test.use({ javaScriptEnabled: false, settings: { DEMO_SPEED: '4' } });

test('signs up, makes a list and uploads without JavaScript', async ({ page }) => {
  await page.goto('/sign-up');
  await page.getByLabel('E-mail address').fill(`${randomBytes(6).toString('hex')}@example.org`);
  await page.getByLabel('Password').fill(randomBytes(9).toString('base64'));
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Lists' })).toBeVisible();

  await page.getByLabel('Name of the new list').fill('Plain');
  await page.getByRole('button', { name: 'Create list' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Plain' })).toBeVisible();
  const list = page.url();

  await page.getByLabel('Choose file').setInputFiles(csv('ten.csv', FOUND.slice(0, 10)));
  await page.getByRole('button', { name: 'Upload' }).click();
  // Looking again is done by hand here.
  await expect(async () => {
    await page.goto(list);
    await expect(page.getByRole('table').getByText('Ready')).toHaveCount(10, { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
});

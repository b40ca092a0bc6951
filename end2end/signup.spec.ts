// An account: made, left, entered again; and nothing to see without one.
import { expect, test } from './fixtures';

test('signs up, out, and in again', async ({ ann, page }) => {
  await expect(page.getByRole('heading', { level: 1, name: 'Lists' })).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/\/sign-in/);
  await page.goto('/lists');
  await expect(page, 'without a session there is nothing to see').toHaveURL(/\/sign-in/);

  await page.getByLabel('E-mail address').fill(ann.email);
  await page.getByLabel('Password', { exact: true }).fill(ann.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/lists');
  await ann.live();
});

test('a password can be looked at before it is sent', async ({ page }) => {
  await page.goto('/sign-up');
  const field = page.getByLabel('Password', { exact: true });
  await expect(field).toHaveAttribute('type', 'password');
  await field.fill('what I think I typed');
  await page.locator('html[data-ready]').waitFor();
  await page.getByRole('button', { name: 'Show password' }).click();
  await expect(field).toHaveAttribute('type', 'text');
  await expect(field).toHaveValue('what I think I typed');
  await page.getByRole('button', { name: 'Hide password' }).click();
  await expect(field).toHaveAttribute('type', 'password');
});

test('a list that was made is there after a reload', async ({ ann, page }) => {
  const id = await ann.createList('Evenings');
  await page.goto('/lists');
  await expect(page.getByRole('link', { name: 'Evenings' })).toHaveAttribute('href', `/lists/${id}`);
});

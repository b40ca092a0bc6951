// Signing up, out and in; pages are closed to visitors without a session.
import { expect, test } from './fixtures';
import { submitSignIn } from './support/user';

test('user signs up, signs out and signs in again', async ({ ann, page }) => {
  await expect(page.getByRole('heading', { level: 1, name: 'Lists' })).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/\/sign-in/);
  await page.goto('/lists');
  await expect(page, 'a visitor is sent to the sign-in page').toHaveURL(/\/sign-in/);

  await submitSignIn(page, ann.email, ann.password);
  await page.waitForURL('**/lists');
  await ann.waitUntilLive();
});

test('password can be shown and hidden while typing', async ({ page }) => {
  await page.goto('/sign-up');
  const field = page.getByLabel('Password', { exact: true });
  await expect(field).toHaveAttribute('type', 'password');
  await field.fill('what I think I typed');
  await page.locator('html[data-hydrated]').waitFor();
  await page.getByRole('button', { name: 'Show password' }).click();
  await expect(field).toHaveAttribute('type', 'text');
  await expect(field).toHaveValue('what I think I typed');
  await page.getByRole('button', { name: 'Hide password' }).click();
  await expect(field).toHaveAttribute('type', 'password');
});

test('new list is linked from the page of lists', async ({ ann, page }) => {
  const id = await ann.createList('Evenings');
  await page.goto('/lists');
  await expect(page.getByRole('link', { name: 'Evenings' })).toHaveAttribute('href', `/lists/${id}`);
});

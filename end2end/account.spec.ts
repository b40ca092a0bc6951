// The account page: sessions, password, deletion.
import { expect, test } from './fixtures';
import { submitSignIn } from './support/user';

test('user signs out other sessions, changes the password and deletes the account', async ({ ann, page, newBrowserContext, consoleErrors }) => {
  // The other browser asks for a WebSocket ticket after its session has ended.
  consoleErrors.allow(/^Failed to load resource: the server responded with a status of 401 /);
  const signIn = async (password: string) => {
    const other = await (await newBrowserContext()).newPage();
    await other.goto('/sign-in');
    await submitSignIn(other, ann.email, password);
    await other.waitForURL('**/lists');
    await ann.inTab(other).waitUntilLive();
    return other;
  };
  const other = await signIn(ann.password);

  await page.getByRole('link', { name: 'Account' }).click();
  await expect(page.getByText(ann.email)).toBeVisible();
  const sessions = page.getByRole('region', { name: 'Signed in' }).getByRole('listitem');
  await expect(sessions).toHaveCount(2);
  await expect(sessions.filter({ hasText: 'This browser' })).toHaveCount(1);
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Every other session was signed out.' })).toBeVisible();
  await expect(sessions).toHaveCount(1);
  await expect(other, 'the other browser is sent to the sign-in page').toHaveURL(/\/sign-in/);

  await page.getByLabel('Current password').fill('not the password');
  await page.getByLabel('New password').fill('another long password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'The current password is wrong' })).toBeVisible();
  await page.getByLabel('Current password').fill(ann.password);
  await page.getByLabel('New password').fill('another long password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'The password was changed' })).toBeVisible();
  await signIn('another long password');

  await page.getByText('Delete this account…').click();
  await page.getByLabel('Your password').fill('not the password');
  await page.getByRole('button', { name: 'Delete account permanently' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'The current password is wrong. Nothing was changed' })).toBeVisible();
  await page.getByText('Delete this account…').click();
  await page.getByLabel('Your password').fill('another long password');
  await page.getByRole('button', { name: 'Delete account permanently' }).click();
  await page.waitForURL(/\/$/);
  await page.goto('/lists');
  await expect(page).toHaveURL(/\/sign-in/);
});

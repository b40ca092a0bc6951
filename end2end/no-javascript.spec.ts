// Everything works without JavaScript: pages are complete as rendered, and every action is a plain form. Runs in a project without scripts.
import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expect, testWithMockYouTube as test } from './fixtures';
import { fetchJob } from './support/api';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';
import { randomEmail, randomPassword, submitNewList, submitSignIn, submitSignUp } from './support/user';

const PASSWORD = randomPassword();

/** Signs a new user up and returns the e-mail address. */
async function signUp(page: Page): Promise<string> {
  const email = randomEmail();
  await submitSignUp(page, email, PASSWORD);
  await expect(page.getByRole('heading', { level: 1, name: 'Lists' })).toBeVisible();
  return email;
}

/** Signs a new user up and creates a list; returns the URL of the list. */
async function signUpWithList(page: Page, name: string): Promise<string> {
  await signUp(page);
  await submitNewList(page, name);
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  return page.url();
}

test('user without JavaScript signs up, creates a list and imports a file', async ({ page }) => {
  const list = await signUpWithList(page, 'Plain');
  await page.getByLabel('Choose file').setInputFiles(csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10)));
  await page.getByRole('button', { name: 'Upload' }).click();
  // Without scripts, a page shows progress only when it is loaded again.
  await expect(async () => {
    await page.goto(list);
    await expect(page.getByRole('table').getByText('Ready')).toHaveCount(10, { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
});

test('user without JavaScript imports several files at once', async ({ page }) => {
  await signUp(page);
  const files = [csvFile('one.csv', AVAILABLE_IDS.slice(0, 3)), csvFile('two.csv', AVAILABLE_IDS.slice(3, 5))];
  await page.getByLabel('Choose files').setInputFiles(files);
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page).toHaveURL(/\/jobs$/);
  for (const { name } of files) await expect(page.getByRole('heading', { level: 2, name })).toBeVisible();
});

test('user without JavaScript retries a failed video, then adds, filters and deletes videos', async ({ page }) => {
  const list = await signUpWithList(page, 'Plain');
  await page.getByLabel('Choose file').setInputFiles(csvFile('five.csv', [...AVAILABLE_IDS.slice(0, 4), PRIVATE_ID]));
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
  await expect(page.getByRole('link', { name: /^Retried / })).toBeVisible();
  await page.getByRole('link', { name: 'Rejected' }).click();
  await expect(page.getByText('No matching lines.')).toBeVisible();

  await page.goto(list);
  await page.getByLabel('Add one video').fill(`https://youtu.be/${AVAILABLE_IDS[5]}`);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const boxes = page.getByRole('table').getByRole('checkbox');
  await expect(boxes).toHaveCount(6);
  await page.getByLabel('Add one video').fill('no video at all');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByText('This is not a YouTube link')).toBeVisible();
  await page.getByLabel('State').selectOption('Ready');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByText('Unavailable video')).toHaveCount(0);
  await boxes.first().check();
  await page.getByRole('button', { name: 'Delete from list' }).click();
  await page.goto(list);
  await expect(boxes).toHaveCount(5);
});

test('user without JavaScript sees progress, then cancels, retries and dismisses a job', async ({ page, youtube }) => {
  const list = await signUpWithList(page, 'Plain');
  youtube.pause();
  await page.getByLabel('Choose file').setInputFiles(csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10)));
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'ten.csv' })).toBeVisible();
  const job = page.url();
  youtube.answerNext(3);
  const bar = page.getByRole('progressbar');
  /** Reloads the page until the job shows this text. */
  const waitForText = (path: string, text: string | RegExp) =>
    expect(async () => {
      await page.goto(path);
      await expect(page.getByRole('article').getByText(text).first()).toBeVisible({ timeout: 1_000 });
    }).toPass({ timeout: 30_000 });
  await waitForText(job, '3/10 videos');
  for (const path of [job, list, '/lists', '/jobs']) {
    await page.goto(path);
    await expect(bar, path).toHaveAttribute('aria-valuenow', '30');
  }

  await page.goto(list);
  const cancelResponse = page.waitForResponse(`**${new URL(job).pathname}/cancel`);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await cancelResponse;
  // The worker stops only after the look-ups in flight: this one, perhaps also the next.
  await expect.poll(async () => (youtube.answerNext(1), (await fetchJob(page.request, job.split('/').pop() ?? '')).status)).toBe('cancelled');
  await waitForText(list, 'Cancelled');
  youtube.resume();
  await page.getByRole('button', { name: 'Retry the rest' }).click();
  await waitForText(list, 'Completed');
  const cards = page.locator('article.job-card');
  await expect(cards).toHaveCount(2);
  await cards.filter({ hasText: 'Cancelled' }).getByRole('button', { name: 'Dismiss' }).click();
  await page.goto(list);
  await expect(cards).toHaveCount(1);
  await expect(page.getByRole('table').getByText('Ready')).toHaveCount(10);
});

test('user without JavaScript reads what went wrong', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/^Failed to load resource: the server responded with a status of 404 /);
  const email = await signUp(page);
  const alert = page.getByRole('alert');
  await page.getByLabel('Choose file').setInputFiles({ name: 'letter.txt', mimeType: 'text/plain', buffer: Buffer.from('Dear Ann,\n') });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(alert.filter({ hasText: /video/ })).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto('/lists');
  await expect(page).toHaveURL(/\/sign-in/);
  await submitSignIn(page, email, 'not the password');
  await expect(alert.filter({ hasText: 'The e-mail address or password is wrong' })).toBeVisible();
  await submitSignIn(page, email, PASSWORD);
  await expect(page.getByRole('heading', { level: 1, name: 'Lists' })).toBeVisible();

  for (const path of ['/nowhere', `/lists/${randomUUID()}`, `/jobs/${randomUUID()}`]) {
    expect((await page.goto(path))?.status(), path).toBe(404);
    await expect(page.getByRole('main').getByRole('link').first(), 'a link to go on with').toBeVisible();
  }
});

test('user without JavaScript manages sessions, password and account', async ({ page, newBrowserContext }) => {
  const email = await signUp(page);
  const other = await (await newBrowserContext()).newPage();
  await other.goto('/sign-in');
  await submitSignIn(other, email, PASSWORD);
  await expect(other.getByRole('heading', { level: 1, name: 'Lists' })).toBeVisible();

  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Every other session was signed out.' })).toBeVisible();
  await other.reload();
  await expect(other).toHaveURL(/\/sign-in/);

  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password').fill(`${PASSWORD} and more`);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'The password was changed' })).toBeVisible();
  await submitSignIn(other, email, `${PASSWORD} and more`);
  await expect(other.getByRole('heading', { level: 1, name: 'Lists' })).toBeVisible();

  await page.getByText('Delete this account…').click();
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Delete account permanently' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'The current password is wrong. Nothing was changed' })).toBeVisible();
  await page.getByText('Delete this account…').click();
  await page.getByLabel('Your password').fill(`${PASSWORD} and more`);
  await page.getByRole('button', { name: 'Delete account permanently' }).click();
  await other.reload();
  await expect(other, 'the other session has ended as well').toHaveURL(/\/sign-in/);
});

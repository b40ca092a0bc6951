// Screenshots of all pages of a server with sample data: the same in every run, except for dates.
import { expect, test } from '../fixtures';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID, sampleFile } from '../support/samples';
import { takeScreenshots } from '../support/screenshots';
import { openPage, User } from '../support/user';

test.use({ settings: { DEMO_SPEED: '6' } });

test('screenshots of all pages', async ({ page, consoleErrors }) => {
  test.setTimeout(300_000);
  consoleErrors.allow(/404|400/);
  const capture = (name: string) => takeScreenshots(page, name);
  const visitAndCapture = async (path: string, name: string) => {
    await openPage(page, path);
    await capture(name);
  };

  await visitAndCapture('/', 'landing');
  await visitAndCapture('/sign-in', 'sign-in');
  await visitAndCapture('/sign-up', 'sign-up');

  const ann = await User.signUp(page);
  await capture('lists-empty');
  const cooking = await ann.createList('Cooking');
  await capture('list-empty');

  await page.getByLabel('Choose file').setInputFiles(mixedFile());
  await expect(page.getByRole('heading', { name: /^Import .*\?$/ })).toBeVisible();
  await capture('preview');
  await page.getByRole('button', { name: 'Cancel' }).click();

  const job = await ann.importFile(mixedFile());
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 60_000 });
  await capture('list');
  await visitAndCapture(`/jobs/${job}`, 'job');
  await visitAndCapture(`/jobs/${job}?show=rejected`, 'receipt-rejected');
  await page.goto(`/lists/${cooking}`);
  const boxes = page.locator('.video-table tbody').getByRole('checkbox');
  await boxes.nth(0).check();
  await boxes.nth(2).check();
  await capture('list-selected');

  await page.goto('/lists');
  await ann.createList('Watch later');
  const largeJob = await ann.importFile(sampleFile('large-2000.csv'));
  await expect.poll(() => ann.jobPercent(largeJob), { timeout: 60_000 }).toBeGreaterThan(2);
  await capture('list-running');
  await visitAndCapture(`/jobs/${largeJob}`, 'job-running');
  await visitAndCapture('/jobs', 'jobs');
  await visitAndCapture('/lists', 'lists');
  await visitAndCapture('/account', 'account');
  await visitAndCapture('/nowhere', 'not-found');
  await visitAndCapture('/jobs?cursor=nonsense', 'error');
});

/** Lines of every kind: available, private, malformed, duplicate and rejected. */
function mixedFile() {
  return csvFile('Cooking-videos.csv', [...AVAILABLE_IDS, PRIVATE_ID, 'not-an-id', AVAILABLE_IDS[0] ?? '', 'https://example.com/watch?v=sN1oJCaPVMN']);
}

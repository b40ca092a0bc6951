// Fills a server with something to look at, then walks through its pages. What is seen is the same in every run, but for dates.
import { expect, test } from '../fixtures';
import { Person } from '../support/person';
import { csv, FOUND, PRIVATE, sample } from '../support/samples';
import { take } from '../support/camera';

test.use({ settings: { DEMO_SPEED: '6' } });

test('pictures of all pages', async ({ page, guard }) => {
  test.setTimeout(300_000);
  guard.allow(/404|400/);
  const shoot = (name: string) => take(page, name);
  const visit = async (path: string, name: string) => {
    await page.goto(path);
    await page.locator('html[data-ready]').waitFor();
    await shoot(name);
  };

  await visit('/', 'landing');
  await visit('/sign-in', 'sign-in');
  await visit('/sign-up', 'sign-up');

  const ann = await Person.signUp(page);
  await shoot('lists-empty');
  const cooking = await ann.createList('Cooking');
  await shoot('list-empty');

  await page.getByLabel('Choose file').setInputFiles(mixed());
  await expect(page.getByRole('heading', { name: /^Import .*\?$/ })).toBeVisible();
  await shoot('preview');
  await page.getByRole('button', { name: 'Cancel' }).click();

  const job = await ann.upload(mixed());
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 60_000 });
  await shoot('list');
  await visit(`/jobs/${job}`, 'job');
  await visit(`/jobs/${job}?show=rejected`, 'receipt-rejected');
  await page.goto(`/lists/${cooking}`);
  const boxes = page.locator('.video-table tbody').getByRole('checkbox');
  await boxes.nth(0).check();
  await boxes.nth(2).check();
  await shoot('list-selected');

  await page.goto('/lists');
  await ann.createList('Watch later');
  const large = await ann.upload(sample('large-2000.csv'));
  await expect.poll(() => ann.percent(large), { timeout: 60_000 }).toBeGreaterThan(2);
  await shoot('list-running');
  await visit(`/jobs/${large}`, 'job-running');
  await visit('/jobs', 'jobs');
  await visit('/lists', 'lists');
  await visit('/account', 'account');
  await visit('/nowhere', 'not-found');
  await visit('/jobs?cursor=nonsense', 'error');
});

/** Found, private, malformed, rejected, repeated: a line of each kind and some more of the first. */
function mixed() {
  return csv('Cooking-videos.csv', [...FOUND, PRIVATE, 'not-an-id', FOUND[0] ?? '', 'https://example.com/watch?v=sN1oJCaPVMN']);
}

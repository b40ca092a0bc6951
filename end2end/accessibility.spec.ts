// No page breaks a rule of WCAG 2.2 AA that can be checked by machine, in either theme; and every target is large enough to be hit.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { csv, FOUND, PRIVATE } from './support/samples';

test.use({ settings: { DEMO_SPEED: '8' } });

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function check(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`));
    expect(found, `${name}, ${colorScheme}`).toEqual([]);
  }
}

async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('html[data-ready]').waitFor();
  await check(page, path);
}

test('pages for visitors', async ({ page, guard }) => {
  guard.allow(/^Failed to load resource: the server responded with a status of 404 /);
  for (const path of ['/', '/sign-in', '/sign-up', '/sign-in?problem=wrong_credentials', '/nowhere']) await visit(page, path);
});

test('pages for members', async ({ ann, page }) => {
  test.setTimeout(120_000);
  await check(page, 'lists, empty');
  await ann.createList('Cooking');
  await check(page, 'list, empty');
  const file = csv('mixed.csv', [...FOUND.slice(0, 6), PRIVATE, 'not-an-id', 'https://example.com/']);
  const preview = await ann.preview(file);
  await check(page, 'preview');
  await preview.getByRole('button', { name: 'Cancel' }).click();
  const job = await ann.upload(file);
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
  await page.getByRole('checkbox').first().check();
  await page.getByText('Manage list').click();
  await check(page, 'list with everything open');
  for (const path of [`/jobs/${job}`, '/jobs', '/lists', '/account', '/account?done=password']) await visit(page, path);
});

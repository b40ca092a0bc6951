// Every page passes axe's checks for WCAG 2.2 AA in both themes, including the size of targets.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';
import { openPage } from './support/user';

test.use({ settings: { DEMO_SPEED: '8' } });

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function expectNoViolations(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    const messages = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`));
    expect(messages, `${name}, ${colorScheme}`).toEqual([]);
  }
}

async function visit(page: Page, path: string): Promise<void> {
  await openPage(page, path);
  await expectNoViolations(page, path);
}

test('public pages pass axe in both themes', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/^Failed to load resource: the server responded with a status of 404 /);
  for (const path of ['/', '/sign-in', '/sign-up', '/sign-in?problem=wrong_credentials', '/nowhere']) await visit(page, path);
});

test('pages of a signed-in user pass axe in both themes', async ({ ann, page }) => {
  test.setTimeout(120_000);
  await expectNoViolations(page, 'empty page of lists');
  await ann.createList('Cooking');
  await expectNoViolations(page, 'empty list');
  const file = csvFile('mixed.csv', [...AVAILABLE_IDS.slice(0, 6), PRIVATE_ID, 'not-an-id', 'https://example.com/']);
  const preview = await ann.previewFile(file);
  await expectNoViolations(page, 'preview');
  await preview.getByRole('button', { name: 'Cancel' }).click();
  const job = await ann.importFile(file);
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
  await page.getByRole('checkbox').first().check();
  await page.getByText('Manage list').click();
  await expectNoViolations(page, 'list with all menus open');
  for (const path of [`/jobs/${job}`, '/jobs', '/lists', '/account', '/account?done=password']) await visit(page, path);
});

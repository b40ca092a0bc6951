// No page scrolls sideways from 320 px on, however long the names are, and no page shifts its layout while it loads.
import type { Page } from '@playwright/test';
import { expect, testWithMockYouTube as test } from './fixtures';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';
import { openPage, User } from './support/user';

/** Names of the maximum length, without a space to break at. */
const LONG_LIST_NAME = 'Lieblingsvideos'.repeat(10);
const LONG_FILE_NAME = `${'Wiedergabeliste-'.repeat(12)}.csv`;
const LONG_TITLE = 'Donaudampfschifffahrt'.repeat(14);

const WIDTHS = [320, 640, 1280];

declare global {
  interface Window {
    /** Layout shifts without user input: score and elements. */
    layoutShifts: string[];
  }
}

test.beforeEach(async ({ context, page, youtube }) => {
  youtube.title = LONG_TITLE;
  await context.addInitScript(() => {
    window.layoutShifts = [];
    type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node: Element | null }[] };
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries() as Shift[]) {
        const elements = sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? node?.nodeName).join(' | ');
        if (!hadRecentInput) window.layoutShifts.push(`${value.toFixed(4)}: ${elements}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.setViewportSize({ width: 320, height: 640 });
});

/** The page does not scroll sideways at any of the widths. */
async function expectNoSidewaysScroll(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 640 });
    const scrollWidth = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(scrollWidth, `${name}, ${width} px`).toBeLessThanOrEqual(width);
  }
  await page.setViewportSize({ width: 320, height: 640 });
}

/** Loads the page narrow and wide; its layout does not shift while it loads and hydrates. */
async function expectNoLayoutShift(page: Page, path: string): Promise<void> {
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 640 });
    await openPage(page, path);
    if (await page.getByRole('button', { name: 'Sign out' }).count()) await expect(page.locator('.connection-indicator')).toBeVisible();
    // A shift is reported only after its frame.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    expect(await page.evaluate(() => window.layoutShifts), `${path}, ${width} px`).toEqual([]);
  }
}

async function visit(page: Page, path: string): Promise<void> {
  await expectNoLayoutShift(page, path);
  await expectNoSidewaysScroll(page, path);
}

test('public pages fit 320 px and load without layout shifts', async ({ page, consoleErrors }) => {
  consoleErrors.allow(/^Failed to load resource: the server responded with a status of 404 /);
  for (const path of ['/', '/sign-in', '/sign-up', '/sign-in?problem=wrong_credentials', '/nowhere']) await visit(page, path);
});

test('pages of a signed-in user fit 320 px and load without layout shifts', async ({ page, consoleErrors, youtube }) => {
  test.setTimeout(120_000);
  consoleErrors.allow(/^Failed to load resource: the server responded with a status of 404 /);
  const ann = await User.signUp(page);
  await visit(page, '/jobs');
  await visit(page, '/lists');
  const list = await ann.createList(LONG_LIST_NAME);
  await visit(page, `/lists/${list}`);

  const file = csvFile(LONG_FILE_NAME, [...AVAILABLE_IDS.slice(0, 10), PRIVATE_ID, 'not-an-id', `https://example.com/${LONG_TITLE}`]);
  const preview = await ann.previewFile(file);
  await expectNoSidewaysScroll(page, 'preview');
  await preview.getByRole('button', { name: 'Cancel' }).click();

  // Keeps the job waiting while the pages are checked.
  youtube.rateLimit(3, 30);
  const job = await ann.importFile(file);
  await expect(ann.jobCard(job)).toContainText('Waiting for YouTube');
  await expectNoSidewaysScroll(page, 'list after the import');
  for (const path of ['/lists', `/lists/${list}`, `/jobs/${job}`, '/jobs']) await visit(page, path);

  youtube.liftRateLimit();
  await page.goto(`/lists/${list}`);
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 60_000 });
  for (const path of ['/lists', `/lists/${list}`, `/jobs/${job}`, `/jobs/${job}?show=rejected`, '/jobs', '/account', '/nowhere']) await visit(page, path);

  await page.goto(`/lists/${list}`);
  await ann.waitUntilLive();
  await page.getByText('Manage list').click();
  await page.getByText('Delete list…').click();
  await page.getByText('Paste links instead').click();
  await page.getByText('How do I get my videos from YouTube?').click();
  await page.getByRole('checkbox').last().check();
  await expectNoSidewaysScroll(page, 'list with all menus open');
});

// On a narrow page nothing is cut off or scrolls sideways, whatever people call things; and nothing moves that was not asked to.
import type { Page } from '@playwright/test';
import { expect, paced as test } from './fixtures';
import { Person } from './support/person';
import { csv, FOUND, PRIVATE } from './support/samples';

/** Words without a space in them, as long as they may be. */
const LIST = 'Lieblingsvideos'.repeat(10);
const FILE = `${'Wiedergabeliste-'.repeat(12)}.csv`;
const TITLE = 'Donaudampfschifffahrt'.repeat(14);

const WIDTHS = [320, 640, 1280];

declare global {
  interface Window {
    /** What moved by itself, and how far. */
    shifts: string[];
  }
}

test.beforeEach(async ({ context, page, source }) => {
  source.title = TITLE;
  await context.addInitScript(() => {
    window.shifts = [];
    type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node: Element | null }[] };
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries() as Shift[]) {
        const what = sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? node?.nodeName).join(' | ');
        if (!hadRecentInput) window.shifts.push(`${value.toFixed(4)}: ${what}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.setViewportSize({ width: 320, height: 640 });
});

/** At each width nothing is wider than the page. */
async function fits(page: Page, what: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 640 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, `${what}, ${width} px`).toBeLessThanOrEqual(width);
  }
  await page.setViewportSize({ width: 320, height: 640 });
}

/** Loads an address anew, narrow and wide; nothing moves while it comes to life. */
async function still(page: Page, path: string): Promise<void> {
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 640 });
    await page.goto(path);
    await page.locator('html[data-ready]').waitFor();
    if (await page.getByRole('button', { name: 'Sign out' }).count()) await expect(page.locator('.live')).toBeVisible();
    // Shifts are told of after the frame in which they happened.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await page.evaluate(() => window.shifts), `${path}, ${width} px`).toEqual([]);
  }
}

async function visit(page: Page, path: string): Promise<void> {
  await still(page, path);
  await fits(page, path);
}

test('pages for visitors are narrow, and stand still', async ({ page, guard }) => {
  guard.allow(/^Failed to load resource: the server responded with a status of 404 /);
  for (const path of ['/', '/sign-in', '/sign-up', '/sign-in?problem=wrong_credentials', '/nowhere']) await visit(page, path);
});

test('pages for members are narrow, and stand still', async ({ page, guard, source }) => {
  test.setTimeout(120_000);
  guard.allow(/^Failed to load resource: the server responded with a status of 404 /);
  const ann = await Person.signUp(page);
  await visit(page, '/jobs');
  await visit(page, '/lists');
  const list = await ann.createList(LIST);
  await visit(page, `/lists/${list}`);

  const file = csv(FILE, [...FOUND.slice(0, 10), PRIVATE, 'not-an-id', `https://example.com/${TITLE}`]);
  const preview = await ann.preview(file);
  await fits(page, 'preview');
  await preview.getByRole('button', { name: 'Cancel' }).click();

  // The job runs, and waits, for as long as it is looked at.
  source.refuse(3, 30);
  const job = await ann.upload(file);
  await expect(ann.card(job)).toContainText('Waiting for YouTube');
  await fits(page, 'a list, with what was imported');
  for (const path of ['/lists', `/lists/${list}`, `/jobs/${job}`, '/jobs']) await visit(page, path);

  source.relent();
  await page.goto(`/lists/${list}`);
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 60_000 });
  for (const path of ['/lists', `/lists/${list}`, `/jobs/${job}`, `/jobs/${job}?show=rejected`, '/jobs', '/account', '/nowhere']) await visit(page, path);

  await page.goto(`/lists/${list}`);
  await ann.live();
  await page.getByText('Manage list').click();
  await page.getByText('Delete list…').click();
  await page.getByText('Paste links instead').click();
  await page.getByText('Where do I find my videos at YouTube?').click();
  await page.getByRole('checkbox').last().check();
  await fits(page, 'a list with everything open');
});

// By keyboard alone, from signing in to a finished import put away; and wherever the focus goes, it is seen and large enough to be hit.
import type { Locator, Page } from '@playwright/test';
import { expect, paced as test } from './fixtures';
import { csv, FOUND, PRIVATE } from './support/samples';

/** More than any page has. */
const STOPS = 100;

/** Goes on with Tab until that has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const there = () => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < STOPS && !(await there()); presses += 1) await page.keyboard.press('Tab');
  await expect(target).toBeFocused();
}

/** Whose focus is lost goes on from nowhere. Each place where it happens is told. */
async function focusIsKept(page: Page, after: string): Promise<void> {
  await expect.soft(page.locator('body'), `the focus after ${after}`).not.toBeFocused();
}

test('from signing in to a finished import, put away', async ({ ann, page }) => {
  await tabTo(page, page.getByRole('button', { name: 'Sign out' }));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/sign-in');
  await page.locator('html[data-ready]').waitFor();
  await tabTo(page, page.getByLabel('E-mail address'));
  await page.keyboard.type(ann.email);
  await tabTo(page, page.getByLabel('Password', { exact: true }));
  await page.keyboard.type(ann.password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/lists');
  await ann.live();

  await tabTo(page, page.getByLabel('Name of the new list'));
  await page.keyboard.type('Keyboard');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/lists\/[0-9a-f-]{36}$/);
  await ann.live();

  const paste = async (ids: readonly string[]) => {
    await tabTo(page, page.getByLabel('Links or video ids, one a line'));
    await page.keyboard.type(ids.map((id) => `https://youtu.be/${id}`).join('\n'));
    await tabTo(page, page.getByRole('button', { name: 'Preview' }));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Import Pasted links.txt?' })).toBeFocused();
  };
  await tabTo(page, page.getByText('Paste links instead'));
  await page.keyboard.press('Enter');

  await paste(FOUND.slice(0, 2));
  await tabTo(page, page.getByRole('button', { name: 'Cancel' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: /^Import / })).toHaveCount(0);
  await focusIsKept(page, 'the preview was put away');

  await paste(FOUND.slice(0, 3));
  await tabTo(page, page.getByRole('button', { name: 'Import 3 videos' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').getByRole('link', { name: 'See the receipt' })).toBeVisible();
  const card = page.locator('article.job-card');
  await expect(card).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(page.getByRole('table').getByText('Ready')).toHaveCount(3);
  await focusIsKept(page, 'the file was imported');

  await tabTo(page, card.getByRole('button', { name: 'Dismiss' }));
  await page.keyboard.press('Enter');
  await expect(card).toHaveCount(0);
  await focusIsKept(page, 'the card was put away');
});

test('cancelling a job by keyboard keeps the place', async ({ ann, page, source }) => {
  await ann.createList('Keyboard');
  await ann.live();
  source.hold();
  const job = await ann.upload(csv('twenty.csv', FOUND));
  const card = ann.card(job);
  await tabTo(page, card.getByRole('button', { name: 'Cancel' }));
  const asked = page.waitForResponse(`**/api/jobs/${job}/cancel`);
  await page.keyboard.press('Enter');
  await asked;
  // What was begun is ended first: one look-up, or the next as well.
  await expect.poll(() => (source.allow(1), card.getAttribute('data-status'))).toBe('cancelled');
  await focusIsKept(page, 'the job was cancelled');
});

/** What is wrong with the place where the focus is; `null` once it has left the page. */
async function stop(page: Page): Promise<{ name: string; wrong: string[] } | null> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body || 'seen' in element.dataset) return null;
    element.dataset.seen = '';
    const wrong: string[] = [];
    // A field under its label is as large as both, and may leave the ring to it.
    const label = element instanceof HTMLInputElement && ['checkbox', 'radio', 'file'].includes(element.type) ? element.labels?.[0] : undefined;
    const shown = [element, ...(label ? [label] : [])];
    const ring = shown.some((each) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
    });
    if (!ring) wrong.push('no ring');
    const boxes = shown.map((each) => each.getBoundingClientRect());
    const [width, height] = [Math.max(...boxes.map((box) => box.width)), Math.max(...boxes.map((box) => box.height))];
    // WCAG 2.5.8: a link in a sentence is as high as its line.
    const inline = getComputedStyle(element).display === 'inline';
    if (!inline && (width < 24 || height < 24)) wrong.push(`${width} × ${height} px`);
    return { name: element.outerHTML.slice(0, 120), wrong };
  });
}

test('every stop of the focus is seen, and large enough', async ({ ann, page }) => {
  const list = await ann.createList('Stops');
  await ann.live();
  const job = await ann.upload(csv('mixed.csv', [...FOUND.slice(0, 2), PRIVATE, FOUND[0] ?? '', 'https://example.com/']));
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
  for (const path of ['/lists', `/lists/${list}`, `/jobs/${job}`]) {
    await page.goto(path);
    await ann.live();
    const stops: { name: string; wrong: string[] }[] = [];
    for (let next = 0; next < STOPS; next += 1) {
      await page.keyboard.press('Tab');
      const here = await stop(page);
      if (here === null) break;
      stops.push(here);
    }
    expect(stops.length, `stops on ${path}`).toBeGreaterThan(10);
    expect(stops.filter(({ wrong }) => wrong.length > 0), path).toEqual([]);
  }
});

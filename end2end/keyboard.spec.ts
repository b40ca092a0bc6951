// Keyboard access: everything from signing in to dismissing a finished job works without a mouse, and every focus stop is visible and large
// enough.
import type { Page } from '@playwright/test';
import { expect, testWithMockYouTube as test } from './fixtures';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';
import { MAX_STOPS, tabTo } from './support/user';

/** Focus on the body means that the focused element was removed. Soft, so that one run reports every such place. */
async function expectFocusKept(page: Page, after: string): Promise<void> {
  await expect.soft(page.locator('body'), `focus after ${after}`).not.toBeFocused();
}

test('keyboard user signs in, imports videos and dismisses the job', async ({ ann, page }) => {
  await tabTo(page, page.getByRole('button', { name: 'Sign out' }));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/sign-in');
  await page.locator('html[data-hydrated]').waitFor();
  await tabTo(page, page.getByLabel('E-mail address'));
  await page.keyboard.type(ann.email);
  await tabTo(page, page.getByLabel('Password', { exact: true }));
  await page.keyboard.type(ann.password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/lists');
  await ann.waitUntilLive();

  await tabTo(page, page.getByLabel('Name of the new list'));
  await page.keyboard.type('Keyboard');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/lists\/[0-9a-f-]{36}$/);
  await ann.waitUntilLive();

  const paste = async (ids: readonly string[]) => {
    await tabTo(page, page.getByLabel('Links or video ids, one per line'));
    await page.keyboard.type(ids.map((id) => `https://youtu.be/${id}`).join('\n'));
    await tabTo(page, page.getByRole('button', { name: 'Preview' }));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Import Pasted links.txt?' })).toBeFocused();
  };
  await tabTo(page, page.getByText('Paste links instead'));
  await page.keyboard.press('Enter');

  await paste(AVAILABLE_IDS.slice(0, 2));
  await tabTo(page, page.getByRole('button', { name: 'Cancel' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: /^Import / })).toHaveCount(0);
  await expectFocusKept(page, 'the preview was cancelled');

  await paste(AVAILABLE_IDS.slice(0, 3));
  await tabTo(page, page.getByRole('button', { name: 'Import 3 videos' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status').getByRole('link', { name: 'See the receipt' })).toBeVisible();
  const card = page.locator('article.job-card');
  await expect(card).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(page.getByRole('table').getByText('Ready')).toHaveCount(3);
  await expectFocusKept(page, 'the file was imported');

  await tabTo(page, card.getByRole('button', { name: 'Dismiss' }));
  await page.keyboard.press('Enter');
  await expect(card).toHaveCount(0);
  await expectFocusKept(page, 'the card was dismissed');
});

test('focus is kept when a job is cancelled by keyboard', async ({ ann, page, youtube }) => {
  await ann.createList('Keyboard');
  await ann.waitUntilLive();
  youtube.pause();
  const job = await ann.importFile(csvFile('twenty.csv', AVAILABLE_IDS));
  const card = ann.jobCard(job);
  await tabTo(page, card.getByRole('button', { name: 'Cancel' }));
  const cancelResponse = page.waitForResponse(`**/api/jobs/${job}/cancel`);
  await page.keyboard.press('Enter');
  await cancelResponse;
  // The worker stops only after the look-ups in flight: this one, perhaps also the next.
  await expect.poll(() => (youtube.answerNext(1), card.getAttribute('data-status'))).toBe('cancelled');
  await expectFocusKept(page, 'the job was cancelled');
});

interface FocusStop {
  html: string;
  problems: string[];
}

/** Checks the focused element; `null` once the focus has left the page. */
async function checkFocusStop(page: Page): Promise<FocusStop | null> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || element === document.body || 'visited' in element.dataset) return null;
    element.dataset.visited = '';
    const problems: string[] = [];
    // For these inputs the label counts too: it can be clicked as well, and may show the focus ring.
    const label = element instanceof HTMLInputElement && ['checkbox', 'radio', 'file'].includes(element.type) ? element.labels?.[0] : undefined;
    const targets = [element, ...(label ? [label] : [])];
    const hasRing = targets.some((target) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(target);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
    });
    if (!hasRing) problems.push('no focus ring');
    const boxes = targets.map((target) => target.getBoundingClientRect());
    const [width, height] = [Math.max(...boxes.map((box) => box.width)), Math.max(...boxes.map((box) => box.height))];
    // WCAG 2.5.8 exempts links within a sentence.
    const inline = getComputedStyle(element).display === 'inline';
    if (!inline && (width < 24 || height < 24)) problems.push(`${width} × ${height} px`);
    return { html: element.outerHTML.slice(0, 120), problems };
  });
}

test('every focus stop has a visible ring and is large enough', async ({ ann, page }) => {
  const list = await ann.createList('Stops');
  await ann.waitUntilLive();
  const job = await ann.importFile(csvFile('mixed.csv', [...AVAILABLE_IDS.slice(0, 2), PRIVATE_ID, AVAILABLE_IDS[0] ?? '', 'https://example.com/']));
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
  for (const path of ['/lists', `/lists/${list}`, `/jobs/${job}`]) {
    await page.goto(path);
    await ann.waitUntilLive();
    const stops: FocusStop[] = [];
    for (let next = 0; next < MAX_STOPS; next += 1) {
      await page.keyboard.press('Tab');
      const stop = await checkFocusStop(page);
      if (stop === null) break;
      stops.push(stop);
    }
    expect(stops.length, `number of stops on ${path}`).toBeGreaterThan(10);
    expect(stops.filter(({ problems }) => problems.length > 0), path).toEqual([]);
  }
});

// Looking at a tab, or away from it. A headless browser hides no tab, so the page is told as the browser would tell it.
import type { Page } from '@playwright/test';

/** Tells the page that it is looked at again, or hidden. */
export async function look(page: Page, visible: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (hidden ? 'hidden' : 'visible') });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, !visible);
}

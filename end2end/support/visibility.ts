// Page visibility. A headless browser never hides a tab, so the page gets the properties and the event that a browser would give it.
import type { Page } from '@playwright/test';

export async function setTabVisible(page: Page, visible: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (hidden ? 'hidden' : 'visible') });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, !visible);
}

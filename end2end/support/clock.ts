// Playwright's clock for a page.
import type { Page } from '@playwright/test';

/** How far ahead of now the clock is paused: it cannot be paused in the past, and a busy machine takes a while to get there. */
const PAUSE_AHEAD_MS = 3_000;

/** Pauses the page's clock a little ahead of now. Needs `page.clock.install()` first. */
export async function pauseClock(page: Page): Promise<void> {
  await page.clock.pauseAt(new Date((await page.evaluate(() => Date.now())) + PAUSE_AHEAD_MS));
}

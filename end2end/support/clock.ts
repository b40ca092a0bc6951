// The page's clock, stopped.
import type { Page } from '@playwright/test';

/** Ahead of now, in milliseconds: the way there is longer on a busy machine, and no clock stops in the past. */
const AHEAD = 3_000;

/** Lets the page's clock jump ahead a little and stand still. It has to be installed. */
export async function standStill(page: Page): Promise<void> {
  await page.clock.pauseAt(new Date((await page.evaluate(() => Date.now())) + AHEAD));
}

// Takes a page's picture as it is, in both themes and two widths.
import type { Page } from '@playwright/test';

const OUT = process.env.SCREENSHOTS ?? 'test-results/screenshots';
const THEMES = ['light', 'dark'] as const;
const WIDTHS = { wide: 1100, narrow: 360 };

/** Four pictures of the whole page: `name-light-wide.png` and so on. */
export async function take(page: Page, name: string): Promise<void> {
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    for (const [width, pixels] of Object.entries(WIDTHS)) {
      await page.setViewportSize({ width: pixels, height: 800 });
      await page.screenshot({ path: `${OUT}/${name}-${theme}-${width}.png`, fullPage: true, animations: 'disabled' });
    }
  }
  await page.setViewportSize({ width: WIDTHS.wide, height: 800 });
}

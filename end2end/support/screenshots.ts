// Screenshots of a page in both themes and two widths.
import type { Page } from '@playwright/test';

const OUTPUT_DIR = process.env.SCREENSHOTS ?? 'test-results/screenshots';
const THEMES = ['light', 'dark'] as const;
const WIDTHS = { wide: 1100, narrow: 360 };

/** Takes four full-page screenshots: `name-light-wide.png` and so on. */
export async function takeScreenshots(page: Page, name: string): Promise<void> {
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    for (const [width, pixels] of Object.entries(WIDTHS)) {
      await page.setViewportSize({ width: pixels, height: 800 });
      await page.screenshot({ path: `${OUTPUT_DIR}/${name}-${theme}-${width}.png`, fullPage: true, animations: 'disabled' });
    }
  }
  await page.setViewportSize({ width: WIDTHS.wide, height: 800 });
}

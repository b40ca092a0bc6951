// TC4: one video of ten is private. The card says so and goes on; the reason outlives the card.
import { expect, paced as test } from './fixtures';
import { badge } from './support/badge';
import { Person } from './support/person';
import { readings } from './support/recorder';
import { csv, FOUND, PRIVATE } from './support/samples';

test('TC4 a video that fails', async ({ page, source }) => {
  await page.clock.install();
  const ann = await Person.signUp(page);
  await ann.createList('One is private');
  source.hold();
  const job = await ann.upload(csv('ten.csv', [...FOUND.slice(0, 3), PRIVATE, ...FOUND.slice(3, 9)]));
  const card = ann.card(job);

  await test.step('the card says so, and goes on', async () => {
    source.allow(4);
    for (const done of [4, 5, 6]) {
      await expect(card.getByText(`${done}/10 videos`)).toBeVisible();
      await expect(card.locator('.error-note')).toContainText(/private/i);
      await expect.poll(() => badge(card)).toEqual({ status: 'processing', label: 'Processing', colour: 'blue' });
      source.allow(1);
    }
    source.release();
  });

  await test.step('ends yellow, with the error still on the card', async () => {
    await expect(card).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
    await expect.poll(() => badge(card)).toEqual({ status: 'completed_with_errors', label: 'Completed with errors', colour: 'yellow' });
    await expect(card.locator('.error-note')).toContainText(/private/i);
    await expect(card.getByText('10/10 videos')).toBeVisible();
  });

  await test.step('from the failure to the end the card showed it and said Processing', async () => {
    const shown = await readings(page, job);
    const first = shown.findIndex((reading) => reading.error !== '');
    const working = shown.slice(first).filter((reading) => reading.status !== 'completed_with_errors');
    expect(working.length, 'moments between the failure and the end').toBeGreaterThanOrEqual(3);
    for (const reading of working) {
      expect(reading.status).toBe('processing');
      expect(reading.error).toMatch(/private/i);
    }
  });

  await test.step('the reason is there when the card is gone', async () => {
    await page.clock.fastForward('06:00');
    await expect(card).toHaveCount(0);
    await page.goto(`/jobs/${job}`);
    const line = page.getByRole('row').filter({ hasText: PRIVATE });
    await expect(line).toContainText(/private/i);
  });
});

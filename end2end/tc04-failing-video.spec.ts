// TC4: one video of ten is private. The card shows the error while the job goes on; the reason can be read after the card has disappeared.
import { expect, testWithMockYouTube as test } from './fixtures';
import { readBadge } from './support/badge';
import { recordedStates } from './support/recorder';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';
import { User } from './support/user';

test('TC4: job goes on after a failed video, and the reason stays in its receipt', async ({ page, youtube }) => {
  await page.clock.install();
  const ann = await User.signUp(page);
  await ann.createList('One is private');
  youtube.pause();
  const job = await ann.importFile(csvFile('ten.csv', [...AVAILABLE_IDS.slice(0, 3), PRIVATE_ID, ...AVAILABLE_IDS.slice(3, 9)]));
  const card = ann.jobCard(job);

  await test.step('the card shows the error while the job goes on', async () => {
    youtube.answerNext(4);
    for (const done of [4, 5, 6]) {
      await expect(card.getByText(`${done}/10 videos`)).toBeVisible();
      await expect(card.locator('.error-note')).toContainText(/private/i);
      await expect.poll(() => readBadge(card)).toEqual({ status: 'processing', label: 'Processing', colour: 'blue' });
      youtube.answerNext(1);
    }
    youtube.resume();
  });

  await test.step('the card ends yellow, still with the error', async () => {
    await expect(card).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
    await expect.poll(() => readBadge(card)).toEqual({ status: 'completed_with_errors', label: 'Completed with errors', colour: 'yellow' });
    await expect(card.locator('.error-note')).toContainText(/private/i);
    await expect(card.getByText('10/10 videos')).toBeVisible();
  });

  await test.step('from the failure to the end, the card showed the error and "Processing"', async () => {
    const states = await recordedStates(page, job);
    const first = states.findIndex((state) => state.error !== '');
    const whileRunning = states.slice(first).filter((state) => state.status !== 'completed_with_errors');
    expect(whileRunning.length, 'states between the failure and the end').toBeGreaterThanOrEqual(3);
    for (const state of whileRunning) {
      expect(state.status).toBe('processing');
      expect(state.error).toMatch(/private/i);
    }
  });

  await test.step('the reason is in the receipt after the card has disappeared', async () => {
    await page.clock.fastForward('06:00');
    await expect(card).toHaveCount(0);
    await page.goto(`/jobs/${job}`);
    const line = page.getByRole('row').filter({ hasText: PRIVATE_ID });
    await expect(line).toContainText(/private/i);
  });
});

// TC1: ten videos, all available. The card appears at once, its progress only grows, it ends complete and green, and disappears after five
// minutes.
import { expect, testWithMockYouTube as test } from './fixtures';
import { fetchHistory, TERMINAL_STATUSES } from './support/api';
import { readBadge } from './support/badge';
import { expectProgressOnlyGrew, valuesOf } from './support/recorder';
import { sampleFile } from './support/samples';
import { User } from './support/user';

test('TC1: card shows every step of a job with ten videos and disappears five minutes after its end', async ({ page, youtube }) => {
  // Installed before anything loads, so that the five minutes can be skipped.
  await page.clock.install();
  const ann = await User.signUp(page);
  await ann.createList('Ten');
  youtube.pause();
  const job = await ann.importFile(sampleFile('simple.csv'));
  const card = ann.jobCard(job);

  await test.step('the card appears before the first video is looked up', async () => {
    await expect(card.getByText('0/10 videos')).toBeVisible();
    await expect(page.getByRole('status').filter({ hasText: '10 new, 0 already there, 0 rejected' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Active Jobs (1)' })).toBeVisible();
  });

  await test.step('each video advances the card, which is blue while processing', async () => {
    for (let done = 1; done < 10; done += 1) {
      youtube.answerNext(1);
      await expect(card.getByText(`${done}/10 videos`)).toBeVisible();
      await expect(card.getByText(`${done}0%`)).toBeVisible();
      await expect.poll(() => readBadge(card)).toEqual({ status: 'processing', label: 'Processing', colour: 'blue' });
    }
  });

  await test.step('the card ends complete and green', async () => {
    youtube.resume();
    await expect(card).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
    await expect.poll(() => readBadge(card)).toEqual({ status: 'completed', label: 'Completed', colour: 'green' });
    await expect(card.getByText('100%')).toBeVisible();
    await expect(card.getByText('10/10 videos')).toBeVisible();
    await expect(card.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '100');
  });

  await test.step('percentage, bar and counter only grew', async () => {
    const states = await expectProgressOnlyGrew(page, job);
    for (const field of ['percent', 'bar', 'done'] as const) {
      const values = valuesOf(states, field);
      expect(new Set(values).size, `${field}: distinct values of ${values}`).toBe(11);
    }
  });

  await test.step('the history has every step and one end', async () => {
    const events = await fetchHistory(page.request, job);
    const steps = events.filter((event) => !TERMINAL_STATUSES.includes(event.status));
    expect(steps.map((event) => event.progress)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(steps.map((event) => event.current_video)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(events.slice(steps.length)).toEqual([expect.objectContaining({ status: 'completed', progress: 100, current_video: 10 })]);
  });

  await test.step('the card stays for five minutes, then disappears', async () => {
    await page.clock.fastForward('04:00');
    await expect(card).toBeVisible();
    await page.clock.fastForward('02:00');
    await expect(card).toHaveCount(0);
    // Skipping minutes made the page reconnect. The new snapshot still has the job, but the card must not come back.
    await ann.waitUntilLive();
    await expect(card).toHaveCount(0);
  });
});

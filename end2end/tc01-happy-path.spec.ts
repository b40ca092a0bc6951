// TC1: ten videos, all found. The card is there at once, only grows, ends full and green, and goes after five minutes.
import { expect, paced as test } from './fixtures';
import { history, TERMINAL } from './support/api';
import { badge } from './support/badge';
import { Person } from './support/person';
import { numbers, readings, stepsBack } from './support/recorder';
import { sample } from './support/samples';

test('TC1 ten videos, happy path', async ({ page, source }) => {
  // Before anything loads: five minutes are moved on by hand, not waited for.
  await page.clock.install();
  const ann = await Person.signUp(page);
  await ann.createList('Ten');
  source.hold();
  const job = await ann.upload(sample('simple.csv'));
  const card = ann.card(job);

  await test.step('the card is there before a single video was looked up', async () => {
    await expect(card.getByText('0/10 videos')).toBeVisible();
    await expect(page.getByRole('status').filter({ hasText: '10 new, 0 already there, 0 rejected' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Active Jobs (1)' })).toBeVisible();
  });

  await test.step('each video shows, and it is blue while it works', async () => {
    for (let done = 1; done < 10; done += 1) {
      source.allow(1);
      await expect(card.getByText(`${done}/10 videos`)).toBeVisible();
      await expect(card.getByText(`${done}0%`)).toBeVisible();
      await expect.poll(() => badge(card)).toEqual({ status: 'processing', label: 'Processing', colour: 'blue' });
    }
  });

  await test.step('it ends full and green', async () => {
    source.release();
    await expect(card).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
    await expect.poll(() => badge(card)).toEqual({ status: 'completed', label: 'Completed', colour: 'green' });
    await expect(card.getByText('100%')).toBeVisible();
    await expect(card.getByText('10/10 videos')).toBeVisible();
    await expect(card.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '100');
  });

  await test.step('percentage, bar and counter only ever grew', async () => {
    const shown = await readings(page, job);
    for (const field of ['percent', 'bar', 'done'] as const) {
      const values = numbers(shown, field);
      expect(new Set(values).size, `${field}: distinct values in ${values}`).toBe(11);
      expect(stepsBack(values), field).toEqual([]);
    }
    expect(Math.max(...shown.map((reading) => reading.cards)), 'never a second card').toBe(1);
  });

  await test.step('the history has every step, and one end', async () => {
    const events = await history(page.request, job);
    const steps = events.filter((event) => !TERMINAL.includes(event.status));
    expect(steps.map((event) => event.progress)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(steps.map((event) => event.current_video)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(events.slice(steps.length)).toEqual([expect.objectContaining({ status: 'completed', progress: 100, current_video: 10 })]);
  });

  await test.step('it stays for five minutes, then goes', async () => {
    await page.clock.fastForward('04:00');
    await expect(card).toBeVisible();
    await page.clock.fastForward('02:00');
    await expect(card).toHaveCount(0);
    // The silence made the page connect again; the server still knows the job, and the page does not bring it back.
    await ann.live();
    await expect(card).toHaveCount(0);
  });
});

// TC5: 200 and 2 000 videos. Fewer updates than videos, a page that answers meanwhile, and an end that arrives.
import { expect, test as base } from './fixtures';
import type { ProgressUpdate } from './support/api';
import { job as jobNow, TERMINAL } from './support/api';
import { sample, type SampleFile } from './support/samples';

/** The first lines of the large sample. */
function lines(count: number): SampleFile {
  const whole = sample('large-2000.csv');
  const text = whole.buffer.toString('utf8').split(/\r?\n/).slice(0, count + 1).join('\n');
  return { ...whole, buffer: Buffer.from(text) };
}

// Ten seconds' work, or a bit more: each lasts until somebody has clicked, on a slow machine as well.
for (const [count, settings] of [
  [200, { DEMO_SPEED: '10', WORKER_CONCURRENCY: '2' }],
  [2000, { DEMO_SPEED: '20', WORKER_CONCURRENCY: '8' }],
] as const) {
  const test = base.extend({ settings: [settings, { scope: 'worker' }] });

  test(`TC5 ${count} videos`, async ({ ann, page }) => {
    test.setTimeout(180_000);
    // One socket a page, and what came over it.
    const sockets: ProgressUpdate[][] = [];
    page.on('websocket', (socket) => {
      const frames: ProgressUpdate[] = [];
      sockets.push(frames);
      socket.on('framereceived', ({ payload }) => frames.push(JSON.parse(String(payload)) as ProgressUpdate));
    });
    await ann.createList('Many');
    await ann.live();
    const job = await ann.upload(lines(count));
    await expect(ann.card(job)).toBeVisible();

    // A click while updates pour in.
    await page.getByRole('link', { name: 'View job' }).first().click();
    await page.waitForURL(`**/jobs/${job}`);
    expect(TERMINAL, 'and it was meanwhile').not.toContain((await jobNow(page.request, job)).status);
    await page.goBack();

    await expect(ann.card(job)).toHaveAttribute('data-status', /^completed/, { timeout: 150_000 });
    await expect(ann.card(job).getByText(`${count}/${count} videos`)).toBeVisible();
    const updates = sockets.map((frames) => frames.filter((frame) => frame.job_id === job && 'status' in frame));
    expect(updates.flat().length, 'fewer updates than videos').toBeLessThan(count);
    const ends = updates.map((frames) => frames.filter((update) => TERMINAL.includes(update.status)).length);
    expect(Math.max(...ends), 'the end, once').toBe(1);
    expect((await jobNow(page.request, job)).current_video).toBe(count);
  });
}

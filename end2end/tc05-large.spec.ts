// TC5: 200 and 2 000 videos. There are fewer updates than videos, the page responds meanwhile, and the end arrives.
import { expect, test as base } from './fixtures';
import type { ProgressUpdate } from './support/api';
import { fetchJob, TERMINAL_STATUSES } from './support/api';
import { sampleFile, type UploadFile } from './support/samples';
import { recordSockets } from './support/sockets';

/** The header and so many lines of the large sample. */
function firstLines(count: number): UploadFile {
  const file = sampleFile('large-2000.csv');
  const text = file.buffer.toString('utf8').split(/\r?\n/).slice(0, count + 1).join('\n');
  return { ...file, buffer: Buffer.from(text) };
}

// Each job takes at least ten seconds, so that it is still running after the click below, even on a slow machine.
for (const [count, settings] of [
  [200, { DEMO_SPEED: '10', WORKER_CONCURRENCY: '2' }],
  [2000, { DEMO_SPEED: '20', WORKER_CONCURRENCY: '8' }],
] as const) {
  const test = base.extend({ settings: [settings, { scope: 'worker' }] });

  test(`TC5: page responds while a job of ${count} videos runs, and receives its end once`, async ({ ann, page }) => {
    test.setTimeout(180_000);
    // Every page load opens a socket.
    const sockets = recordSockets(page);
    await ann.createList('Many');
    await ann.waitUntilLive();
    const job = await ann.importFile(firstLines(count));
    await expect(ann.jobCard(job)).toBeVisible();

    // Navigates while updates arrive.
    await page.getByRole('link', { name: 'View job' }).first().click();
    await page.waitForURL(`**/jobs/${job}`);
    expect(TERMINAL_STATUSES, 'the job still runs after the click').not.toContain((await fetchJob(page.request, job)).status);
    await page.goBack();

    await expect(ann.jobCard(job)).toHaveAttribute('data-status', /^completed/, { timeout: 150_000 });
    await expect(ann.jobCard(job).getByText(`${count}/${count} videos`)).toBeVisible();
    const updates = sockets.map(({ frames }) =>
      frames.map((frame) => JSON.parse(frame) as ProgressUpdate).filter((message) => message.job_id === job && 'status' in message),
    );
    expect(updates.flat().length, 'fewer updates than videos').toBeLessThan(count);
    const ends = updates.map((frames) => frames.filter((update) => TERMINAL_STATUSES.includes(update.status)).length);
    expect(Math.max(...ends), 'terminal updates per socket').toBe(1);
    expect((await fetchJob(page.request, job)).current_video).toBe(count);
  });
}

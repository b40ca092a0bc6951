// A card keeps its height whatever its job does, so that nothing below it jumps; and moves nothing for who wants no motion.
import { randomUUID } from 'node:crypto';
import { expect, test } from './fixtures';
import type { ProgressUpdate } from './support/api';
import { reveal, tell } from './support/inside';
import { csv, FOUND, PRIVATE } from './support/samples';

test.use({ settings: { DEMO_SPEED: '2', WORKER_CONCURRENCY: '2' } });

declare global {
  interface Window {
    /** What ran in any frame: the names of animations and transitions, with what they move. */
    motions: string[];
  }
}

const LONG = 'The video is private, and so was everything else that this channel has ever shown to anybody';

/** What a job may come to, one after the other; the worker alone would take half an hour to get through it. */
function course(list: string): ProgressUpdate[] {
  const job = { list_id: list, total_videos: 2000 };
  const failed = { failed_videos: 1, last_error: { video_id: randomUUID(), text: LONG } };
  const begun = { ...job, status: 'processing', progress: 62, current_video: 1240 };
  const retry_at = new Date(Date.now() + 600_000).toISOString();
  const rest: Omit<ProgressUpdate, 'job_id' | 'seq'>[] = [
    { ...job, status: 'pending', progress: 0, current_video: 0, message: 'Starting processing...' },
    { ...begun, message: 'Processing video 1239/2000', current_video: 1239, eta_seconds: 95 },
    { ...begun, message: `Error on video 1240/2000: ${LONG}`, error: LONG, ...failed, eta_seconds: 94 },
    { ...begun, status: 'pending', message: 'Waiting for YouTube; 760 videos to go', ...failed, retry_at },
    { ...begun, message: 'Processing video 1241/2000', current_video: 1241, ...failed, eta_seconds: 5000 },
  ];
  const ends: Omit<ProgressUpdate, 'job_id' | 'seq'>[] = [
    { ...job, status: 'completed', progress: 100, current_video: 2000, message: 'Completed: 2000 succeeded' },
    { ...job, status: 'completed_with_errors', progress: 100, current_video: 2000, message: 'Completed: 1999 succeeded, 1 failed', ...failed },
    { ...begun, status: 'failed', message: 'YouTube could not be reached for a day. Try the rest again later.', error: LONG, ...failed },
    { ...begun, status: 'cancelled', message: 'Cancelled: 1239 succeeded, 1 failed, 760 not tried', ...failed },
  ];
  // A job has but one end: each has a job of its own.
  return ends.flatMap((end) => {
    const job_id = randomUUID();
    return [...rest, end].map((state, at) => ({ ...state, job_id, seq: at + 1 }));
  });
}

for (const width of [320, 640, 1280]) {
  test(`a card keeps its height, ${width} px`, async ({ context, ann, page }) => {
    await reveal(context);
    await page.setViewportSize({ width, height: 640 });
    const list = await ann.createList('Cooking on an open fire');
    for (const path of ['/lists', `/lists/${list}`]) {
      await page.goto(path);
      await ann.live();
      const heights = new Map<string, number>();
      for (const state of course(list)) {
        const card = ann.card(state.job_id);
        await tell(page, [state]);
        await expect(card.getByText(state.message, { exact: true })).toBeVisible();
        await expect(card).toHaveAttribute('data-status', state.status);
        heights.set(`${state.status}: ${state.message}`, await card.evaluate((element: HTMLElement) => element.offsetHeight));
      }
      const [first] = heights.values();
      expect([...heights].filter(([, height]) => height !== first), `other than ${first} px, on ${path}`).toEqual([]);
    }
  });
}

for (const reducedMotion of ['no-preference', 'reduce'] as const) {
  test(`motion while a job runs: ${reducedMotion}`, async ({ context, ann, page }) => {
    await page.emulateMedia({ reducedMotion });
    await context.addInitScript(() => {
      window.motions = [];
      const look = () => {
        for (const motion of document.getAnimations()) {
          const { target } = motion.effect as KeyframeEffect;
          window.motions.push(`${motion.constructor.name} of ${target?.className}`);
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    await ann.createList('Moving');
    await ann.live();
    const job = await ann.upload(csv('eight.csv', [...FOUND.slice(0, 7), PRIVATE]));
    await expect(ann.card(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
    const motions = await page.evaluate(() => [...new Set(window.motions)]);
    // Without the wish there is something to see: the bar slides.
    expect(motions).toEqual(reducedMotion === 'reduce' ? [] : expect.arrayContaining(['CSSTransition of fill']));
  });
}

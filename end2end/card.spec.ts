// A job card keeps its height in every state, so that nothing below it jumps, and respects prefers-reduced-motion.
import { randomUUID } from 'node:crypto';
import { expect, test } from './fixtures';
import type { ProgressUpdate } from './support/api';
import { exposeInternals, injectUpdates } from './support/internals';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';

test.use({ settings: { DEMO_SPEED: '2', WORKER_CONCURRENCY: '2' } });

declare global {
  interface Window {
    /** Animations and transitions seen in any frame, with the class of the element they ran on. */
    animations: string[];
  }
}

const LONG_ERROR = 'The video is private, and so was everything else that this channel has ever shown to anybody';

/** Every kind of state that a card can show. They are injected, because a worker would need half an hour to produce them. */
function allCardStates(list: string): ProgressUpdate[] {
  const job = { list_id: list, total_videos: 2000 };
  const failed = { failed_videos: 1, last_error: { video_id: randomUUID(), text: LONG_ERROR } };
  const running = { ...job, status: 'processing', progress: 62, current_video: 1240 };
  const retry_at = new Date(Date.now() + 600_000).toISOString();
  const before: Omit<ProgressUpdate, 'job_id' | 'seq'>[] = [
    { ...job, status: 'pending', progress: 0, current_video: 0, message: 'Starting processing...' },
    { ...running, message: 'Processing video 1239/2000', current_video: 1239, eta_seconds: 95 },
    { ...running, message: `Error on video 1240/2000: ${LONG_ERROR}`, error: LONG_ERROR, ...failed, eta_seconds: 94 },
    { ...running, status: 'pending', message: 'Waiting for YouTube; 760 videos to go', ...failed, retry_at },
    { ...running, message: 'Processing video 1241/2000', current_video: 1241, ...failed, eta_seconds: 5000 },
  ];
  const ends: Omit<ProgressUpdate, 'job_id' | 'seq'>[] = [
    { ...job, status: 'completed', progress: 100, current_video: 2000, message: 'Completed: 2000 succeeded' },
    { ...job, status: 'completed_with_errors', progress: 100, current_video: 2000, message: 'Completed: 1999 succeeded, 1 failed', ...failed },
    { ...running, status: 'failed', message: 'YouTube could not be reached for a day. Try the rest again later.', error: LONG_ERROR, ...failed },
    { ...running, status: 'cancelled', message: 'Cancelled: 1239 succeeded, 1 failed, 760 not tried', ...failed },
  ];
  // A job ends only once, so each end needs a job of its own.
  return ends.flatMap((end) => {
    const job_id = randomUUID();
    return [...before, end].map((state, index) => ({ ...state, job_id, seq: index + 1 }));
  });
}

for (const width of [320, 640, 1280]) {
  test(`card keeps its height in all states at ${width} px`, async ({ context, ann, page }) => {
    await exposeInternals(context);
    await page.setViewportSize({ width, height: 640 });
    const list = await ann.createList('Cooking on an open fire');
    for (const path of ['/lists', `/lists/${list}`]) {
      await page.goto(path);
      await ann.waitUntilLive();
      const heights = new Map<string, number>();
      for (const state of allCardStates(list)) {
        const card = ann.jobCard(state.job_id);
        await injectUpdates(page, [state]);
        await expect(card.getByText(state.message, { exact: true })).toBeVisible();
        await expect(card).toHaveAttribute('data-status', state.status);
        heights.set(`${state.status}: ${state.message}`, await card.evaluate((element: HTMLElement) => element.offsetHeight));
      }
      const [first] = heights.values();
      expect([...heights].filter(([, height]) => height !== first), `states with a height other than ${first} px on ${path}`).toEqual([]);
    }
  });
}

for (const reducedMotion of ['no-preference', 'reduce'] as const) {
  test(`card animates only if the user allows motion (prefers-reduced-motion: ${reducedMotion})`, async ({ context, ann, page }) => {
    await page.emulateMedia({ reducedMotion });
    await context.addInitScript(() => {
      window.animations = [];
      const record = () => {
        for (const animation of document.getAnimations()) {
          const { target } = animation.effect as KeyframeEffect;
          window.animations.push(`${animation.constructor.name} of ${target?.className}`);
        }
        requestAnimationFrame(record);
      };
      requestAnimationFrame(record);
    });
    await ann.createList('Animated');
    await ann.waitUntilLive();
    const job = await ann.importFile(csvFile('eight.csv', [...AVAILABLE_IDS.slice(0, 7), PRIVATE_ID]));
    await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed_with_errors', { timeout: 30_000 });
    const animations = await page.evaluate(() => [...new Set(window.animations)]);
    // With motion allowed the bar slides, which shows that the recorder works.
    expect(animations).toEqual(reducedMotion === 'reduce' ? [] : expect.arrayContaining(['CSSTransition of fill']));
  });
}

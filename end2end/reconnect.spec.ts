// A connection that breaks under a running job: the page says so, catches up, and goes on.
import { expect, test } from './fixtures';
import { numbers, readings, stepsBack } from './support/recorder';
import { csv, FOUND } from './support/samples';

test.use({ settings: { DEMO_SPEED: '0.8', WORKER_CONCURRENCY: '2' } });

test('a broken connection is said, retried, and made good', async ({ ann, page }) => {
  const cuts: (() => Promise<void>)[] = [];
  await page.routeWebSocket(/\/api\/ws\/progress/, (socket) => {
    const server = socket.connectToServer();
    cuts.push(async () => {
      await server.close();
      await socket.close({ code: 1012, reason: 'bus lost' });
    });
  });
  await ann.createList('Interrupted');
  await ann.live();
  const job = await ann.upload(csv('twenty.csv', FOUND));
  await expect.poll(() => ann.percent(job), { timeout: 30_000 }).toBeGreaterThanOrEqual(20);

  const asked = page.waitForRequest((request) => request.url().includes(`/api/jobs/${job}/progress-history`));
  await cuts[0]?.();
  const banner = page.getByText('Reconnecting to progress updates...');
  await expect(banner).toBeVisible();
  await page.getByRole('button', { name: 'Retry now' }).click();
  await expect(banner).toBeHidden();
  await ann.live();
  await asked;
  expect(cuts, 'a second connection').toHaveLength(2);

  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  expect(stepsBack(numbers(await readings(page, job), 'bar'))).toEqual([]);
});

// A connection that breaks under a running job: the page says so, catches up, and goes on.
import { expect, paced as test } from './fixtures';
import { numbers, readings, stepsBack } from './support/recorder';
import { csv, FOUND } from './support/samples';

test('a broken connection is said, retried, and made good', async ({ ann, page, source }) => {
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
  source.hold();
  const job = await ann.upload(csv('twenty.csv', FOUND));
  source.allow(4);
  await expect.poll(() => ann.percent(job)).toBe(20);

  const asked = page.waitForRequest((request) => request.url().includes(`/api/jobs/${job}/progress-history`));
  await cuts[0]?.();
  const banner = page.getByText('Reconnecting to progress updates...');
  await expect(banner).toBeVisible();
  await page.getByRole('button', { name: 'Retry now' }).click();
  await expect(banner).toBeHidden();
  await ann.live();
  await asked;
  expect(cuts, 'a second connection').toHaveLength(2);

  source.release();
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  expect(stepsBack(numbers(await readings(page, job), 'bar'))).toEqual([]);
});

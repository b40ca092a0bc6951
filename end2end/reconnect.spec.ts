// Reconnecting while a job runs: the page shows a banner, catches up and goes on.
import { expect, testWithMockYouTube as test } from './fixtures';
import { decreases, recordedStates, valuesOf } from './support/recorder';
import { AVAILABLE_IDS, csvFile } from './support/samples';

test('page shows a banner after a disconnect and catches up when the user retries', async ({ ann, page, youtube }) => {
  const disconnects: (() => Promise<void>)[] = [];
  await page.routeWebSocket(/\/api\/ws\/progress/, (socket) => {
    const server = socket.connectToServer();
    disconnects.push(async () => {
      await server.close();
      await socket.close({ code: 1012, reason: 'bus lost' });
    });
  });
  await ann.createList('Interrupted');
  await ann.waitUntilLive();
  youtube.pause();
  const job = await ann.importFile(csvFile('twenty.csv', AVAILABLE_IDS));
  youtube.answerNext(4);
  await expect.poll(() => ann.jobPercent(job)).toBe(20);

  const historyRequest = page.waitForRequest((request) => request.url().includes(`/api/jobs/${job}/progress-history`));
  await disconnects[0]?.();
  const banner = page.getByText('Reconnecting to progress updates...');
  await expect(banner).toBeVisible();
  await page.getByRole('button', { name: 'Retry now' }).click();
  await expect(banner).toBeHidden();
  await ann.waitUntilLive();
  await historyRequest;
  expect(disconnects, 'connections').toHaveLength(2);

  youtube.resume();
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  expect(decreases(valuesOf(await recordedStates(page, job), 'bar'))).toEqual([]);
});

// Reconnecting while a job runs: the page shows a banner, catches up and goes on.
import { expect, testWithMockYouTube as test } from './fixtures';
import { waitForHistoryRequest } from './support/api';
import { expectProgressOnlyGrew } from './support/recorder';
import { AVAILABLE_IDS, csvFile } from './support/samples';
import { routeSockets } from './support/sockets';

test('page shows a banner after a disconnect and catches up when the user retries', async ({ ann, page, youtube }) => {
  const sockets = await routeSockets(page);
  await ann.createList('Interrupted');
  await ann.waitUntilLive();
  youtube.pause();
  const job = await ann.importFile(csvFile('twenty.csv', AVAILABLE_IDS));
  youtube.answerNext(4);
  await expect.poll(() => ann.jobPercent(job)).toBe(20);

  const historyRequest = waitForHistoryRequest(page, job);
  await sockets[0]?.disconnect();
  const banner = page.getByText('Reconnecting to progress updates...');
  await expect(banner).toBeVisible();
  await page.getByRole('button', { name: 'Retry now' }).click();
  await expect(banner).toBeHidden();
  await ann.waitUntilLive();
  await historyRequest;
  expect(sockets, 'connections').toHaveLength(2);

  youtube.resume();
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expectProgressOnlyGrew(page, job);
});

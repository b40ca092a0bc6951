// Screenshots of outages: first YouTube is unreachable, then the server.
import { expect, test } from '../fixtures';
import { AVAILABLE_IDS, csvFile } from '../support/samples';
import { takeScreenshots } from '../support/screenshots';
import { TcpProxy } from '../support/tcp-proxy';
import { User } from '../support/user';

// Nothing listens on this port.
test.use({ settings: { METADATA: 'oembed', METADATA_URL: 'http://127.0.0.1:9/' } });

test('screenshots of outages', async ({ browser, server }) => {
  test.setTimeout(120_000);
  const proxy = await TcpProxy.start(server.url);
  const page = await browser.newPage({ baseURL: proxy.url });
  const ann = await User.signUp(page);
  await ann.createList('Cooking');
  const job = await ann.importFile(csvFile('Cooking-videos.csv', AVAILABLE_IDS));
  await expect(ann.jobCard(job).getByText(/next try in/)).toBeVisible({ timeout: 30_000 });
  await takeScreenshots(page, 'waiting');
  await proxy.stop();
  await expect(page.getByText('Reconnecting to progress updates...')).toBeVisible();
  await takeScreenshots(page, 'reconnecting');
  await page.close();
});

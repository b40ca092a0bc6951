// What is seen when something is away: YouTube, then the server itself.
import { expect, test } from '../fixtures';
import { take } from '../support/camera';
import { Line } from '../support/line';
import { Person } from '../support/person';
import { csv, FOUND } from '../support/samples';

// Nobody listens there.
test.use({ settings: { METADATA: 'oembed', METADATA_URL: 'http://127.0.0.1:9/' } });

test('pictures of what goes wrong', async ({ browser, server }) => {
  test.setTimeout(120_000);
  const line = await Line.to(server.url);
  const page = await browser.newPage({ baseURL: line.url });
  const ann = await Person.signUp(page);
  await ann.createList('Cooking');
  const job = await ann.upload(csv('Cooking-videos.csv', FOUND));
  await expect(ann.card(job).getByText(/next try in/)).toBeVisible({ timeout: 30_000 });
  await take(page, 'waiting');
  await line.stop();
  await expect(page.getByText('Reconnecting to progress updates...')).toBeVisible();
  await take(page, 'reconnecting');
  await page.close();
});

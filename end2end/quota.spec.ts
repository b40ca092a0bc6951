// The quota of the API key is used up: the job says so, and until when by the viewer's clock, which the server does not know.
import { expect, test } from './fixtures';
import { AVAILABLE_IDS, csvFile } from './support/samples';

// The emulator refuses a key that is the name of one of Google's reasons. One minute past midnight in California is this in Nepal, give or take the seconds that a look-up takes.
test.use({ settings: { METADATA: 'demo', YOUTUBE_API_KEY: 'quotaExceeded' }, timezoneId: 'Asia/Kathmandu' });
const MESSAGE = /^Waiting for YouTube's quota until 1[23]:4[56]$/;

test('job says until when it waits for the quota, by the clock of the viewer', async ({ ann, page }) => {
  await ann.createList('Ten');
  await ann.waitUntilLive();
  const job = await ann.importFile(csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10)));
  const card = ann.jobCard(job);
  await expect(card.getByText(MESSAGE)).toBeVisible();
  await expect(card.getByText(/next try/)).toHaveCount(0);

  await test.step('a freshly loaded job page shows the same', async () => {
    await card.getByRole('link', { name: 'View job' }).click();
    await expect(page.getByRole('article').getByText(MESSAGE)).toBeVisible();
  });
});

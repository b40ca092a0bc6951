// TC10: two users in two browsers. Ben sees nothing of Ann's list and job: not on pages, not over the socket, not over REST.
import { randomUUID } from 'node:crypto';
import { expect, test } from './fixtures';
import { fetchJob } from './support/api';
import { AVAILABLE_IDS, csvFile } from './support/samples';
import { recordSockets } from './support/sockets';
import { User } from './support/user';

const LIST_NAME = 'Surprise party';

test('TC10: user cannot see or change the list and the job of another user', async ({ ann, page, newBrowserContext, consoleErrors }) => {
  const list = await ann.createList(LIST_NAME);

  const bensBrowser = await newBrowserContext();
  const bensPage = await bensBrowser.newPage();
  const bensSockets = recordSockets(bensPage);
  const ben = await User.signUp(bensPage);

  const job = await ann.importFile(csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10)));
  await expect(ann.jobCard(job)).toBeVisible();
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });

  await test.step('socket: Ben receives his own job, but not Ann’s', async () => {
    await ben.createList('My own');
    const own = await ben.importFile(csvFile('one.csv', AVAILABLE_IDS.slice(0, 1)));
    await expect(ben.jobCard(own)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
    const frames = bensSockets.flatMap((socket) => socket.frames);
    expect(frames.filter((frame) => frame.includes(own)).length, 'frames of his own job').toBeGreaterThan(0);
    expect(frames.filter((frame) => frame.includes(job) || frame.includes(list))).toEqual([]);
    await expect(ben.jobCard(job)).toHaveCount(0);
  });

  await test.step('pages', async () => {
    // The browser logs the refused pages.
    consoleErrors.allow(/^Failed to load resource: the server responded with a status of 40[34] /);
    await bensPage.goto('/lists');
    await expect(bensPage.getByRole('listitem').getByRole('link', { name: 'My own' })).toBeVisible();
    await expect(bensPage.getByText(LIST_NAME)).toHaveCount(0);
    for (const path of [`/lists/${list}`, `/jobs/${job}`]) {
      const response = await bensPage.goto(path);
      expect(response?.status(), path).toBe(403);
      const html = (await response?.text()) ?? '';
      expect(html, path).not.toContain(LIST_NAME);
      expect(html, path).not.toContain(AVAILABLE_IDS[0] ?? '');
      await expect(bensPage.locator('main')).toBeVisible();
      await expect(bensPage.getByText(LIST_NAME)).toHaveCount(0);
    }
  });

  await test.step('REST: 403 for what belongs to Ann, 404 for what does not exist', async () => {
    const paths = (listId: string, jobId: string) => [
      `/api/lists/${listId}`,
      `/api/lists/${listId}/videos`,
      `/api/jobs/${jobId}`,
      `/api/jobs/${jobId}/progress-history`,
      `/api/jobs/${jobId}/items`,
      `/api/jobs/${jobId}/receipt.csv`,
    ];
    for (const path of paths(list, job)) {
      const response = await bensBrowser.request.get(path);
      expect(response.status(), path).toBe(403);
      expect(response.headers()['content-type'], path).toContain('application/problem+json');
      expect(await response.text(), path).not.toContain(LIST_NAME);
    }
    for (const path of paths(randomUUID(), randomUUID())) {
      expect((await bensBrowser.request.get(path)).status(), path).toBe(404);
    }
    const jobs = (await (await bensBrowser.request.get('/api/jobs?state=all')).json()) as { items: { id: string }[] };
    expect(jobs.items.map(({ id }) => id)).not.toContain(job);
  });

  await test.step('Ben cannot change anything', async () => {
    const headers = { Origin: new URL(page.url()).origin };
    for (const action of ['cancel', 'retry', 'dismiss']) {
      expect((await bensBrowser.request.post(`/api/jobs/${job}/${action}`, { headers, data: {} })).status(), action).toBe(403);
    }
    expect((await bensBrowser.request.delete(`/api/lists/${list}`, { headers })).status()).toBe(403);
    expect((await fetchJob(page.request, job)).status, 'Ann’s job is unchanged').toBe('completed');
    await expect(ann.jobCard(job)).toBeVisible();
  });
});

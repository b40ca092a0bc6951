// TC10: two people in two browsers. Ben sees nothing of Ann's job: not by page, not by socket, not by REST, not by a guessed id.
import { randomUUID } from 'node:crypto';
import { expect, test } from './fixtures';
import { job as jobNow } from './support/api';
import { Person } from './support/person';
import { csv, FOUND } from './support/samples';

const LIST_NAME = 'Surprise party';

test('TC10 two users in two browsers', async ({ ann, page, anotherBrowser, guard }) => {
  const list = await ann.createList(LIST_NAME);

  const bensBrowser = await anotherBrowser();
  const bensPage = await bensBrowser.newPage();
  const frames: string[] = [];
  bensPage.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))));
  const ben = await Person.signUp(bensPage);

  const job = await ann.upload(csv('ten.csv', FOUND.slice(0, 10)));
  await expect(ann.card(job)).toBeVisible();
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });

  await test.step('by socket: his own job arrives, hers never did', async () => {
    await ben.createList('My own');
    const own = await ben.upload(csv('one.csv', FOUND.slice(0, 1)));
    await expect(ben.card(own)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
    expect(frames.filter((frame) => frame.includes(own)).length, 'his socket works').toBeGreaterThan(0);
    expect(frames.filter((frame) => frame.includes(job) || frame.includes(list))).toEqual([]);
    await expect(ben.card(job)).toHaveCount(0);
  });

  await test.step('by page', async () => {
    // The browser itself reports the refused page.
    guard.allow(/^Failed to load resource: the server responded with a status of 40[34] /);
    await bensPage.goto('/lists');
    await expect(bensPage.getByRole('listitem').getByRole('link', { name: 'My own' })).toBeVisible();
    await expect(bensPage.getByText(LIST_NAME)).toHaveCount(0);
    for (const path of [`/lists/${list}`, `/jobs/${job}`]) {
      const answer = await bensPage.goto(path);
      expect(answer?.status(), path).toBe(403);
      const source = (await answer?.text()) ?? '';
      expect(source, path).not.toContain(LIST_NAME);
      expect(source, path).not.toContain(FOUND[0] ?? '');
      await expect(bensPage.locator('main')).toBeVisible();
      await expect(bensPage.getByText(LIST_NAME)).toHaveCount(0);
    }
  });

  await test.step('by REST: 403 for what is hers, 404 for what is nobody’s', async () => {
    const paths = (listId: string, jobId: string) => [
      `/api/lists/${listId}`,
      `/api/lists/${listId}/videos`,
      `/api/jobs/${jobId}`,
      `/api/jobs/${jobId}/progress-history`,
      `/api/jobs/${jobId}/items`,
      `/api/jobs/${jobId}/receipt.csv`,
    ];
    for (const path of paths(list, job)) {
      const answer = await bensBrowser.request.get(path);
      expect(answer.status(), path).toBe(403);
      expect(answer.headers()['content-type'], path).toContain('application/problem+json');
      expect(await answer.text(), path).not.toContain(LIST_NAME);
    }
    for (const path of paths(randomUUID(), randomUUID())) {
      expect((await bensBrowser.request.get(path)).status(), path).toBe(404);
    }
    const jobs = (await (await bensBrowser.request.get('/api/jobs?state=all')).json()) as { items: { id: string }[] };
    expect(jobs.items.map((each) => each.id)).not.toContain(job);
  });

  await test.step('nor can he change anything of it', async () => {
    const headers = { Origin: new URL(page.url()).origin };
    for (const action of ['cancel', 'retry', 'dismiss']) {
      expect((await bensBrowser.request.post(`/api/jobs/${job}/${action}`, { headers, data: {} })).status(), action).toBe(403);
    }
    expect((await bensBrowser.request.delete(`/api/lists/${list}`, { headers })).status()).toBe(403);
    expect((await jobNow(page.request, job)).status, 'and hers is as it was').toBe('completed');
    await expect(ann.card(job)).toBeVisible();
  });
});

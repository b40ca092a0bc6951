// TC6: the WebSocket itself, as the browser's network panel shows it.
import { request as http } from 'node:http';
import type { WebSocket } from '@playwright/test';
import { expect, test } from './fixtures';
import type { ProgressUpdate } from './support/api';
import { csv, FOUND } from './support/samples';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The status of a handshake that sends these headers; 101 where it succeeds. */
function handshake(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    const asked = http(url, { headers: { ...upgrade, ...headers } });
    asked.on('response', (answer) => (answer.resume(), resolve(answer.statusCode ?? 0)));
    asked.on('upgrade', (answer, socket) => (socket.destroy(), resolve(answer.statusCode ?? 0)));
    asked.on('error', reject);
    asked.end();
  });
}

test('TC6 handshake, address and frames', async ({ ann, page, context }) => {
  const devtools = await context.newCDPSession(page);
  const statuses: number[] = [];
  devtools.on('Network.webSocketHandshakeResponseReceived', ({ response }) => statuses.push(response.status));
  await devtools.send('Network.enable');

  const opened: WebSocket[] = [];
  const frames: string[] = [];
  page.on('websocket', (socket) => {
    opened.push(socket);
    socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
  });

  await ann.createList('Frames');
  await ann.live();
  const job = await ann.upload(csv('ten.csv', FOUND.slice(0, 10)));
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });

  expect(opened, 'one socket a page').toHaveLength(1);
  expect(statuses).toEqual([101]);
  const address = new URL(opened[0]?.url() ?? '');
  expect(address.pathname + address.search).toMatch(/^\/api\/ws\/progress\?token=[^&]+/);

  // Not one frame that is no JSON: parsing would throw.
  const messages = frames.map((frame) => JSON.parse(frame) as ProgressUpdate | { type: string });
  const updates = messages.filter((message): message is ProgressUpdate => !('type' in message)).filter((update) => update.job_id === job);
  expect(updates.length).toBeGreaterThan(1);
  for (const update of updates) {
    expect(update).toMatchObject({
      job_id: expect.stringMatching(UUID),
      status: expect.stringMatching(/^(pending|processing|completed)$/),
      message: expect.any(String),
      total_videos: 10,
    });
    expect(update.progress).toBe(Math.floor((100 * update.current_video) / update.total_videos));
  }
  const seqs = updates.map((update) => update.seq ?? 0);
  expect(seqs, 'seq strictly grows').toEqual([...new Set(seqs)].sort((a, b) => a - b));
  expect(updates.at(-1)?.status).toBe('completed');
});

test('TC6 a socket opens with a token alone, never with the cookie', async ({ ann, context, server }) => {
  await ann.live();
  const cookies = await context.cookies();
  const cookie = { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') };
  expect(await handshake(`${server.url}/api/ws/progress`, cookie)).toBe(401);
  expect(await handshake(`${server.url}/api/ws/progress?token=forged`, cookie)).toBe(401);

  // A ticket opens one socket, once.
  const answer = await context.request.post('/api/ws/ticket', { headers: { Origin: server.url } });
  expect(answer.status()).toBe(201);
  const { ticket } = (await answer.json()) as { ticket: string };
  const address = `${server.url}/api/ws/progress?token=${encodeURIComponent(ticket)}`;
  expect(await handshake(address, {})).toBe(101);
  expect(await handshake(address, {}), 'spent').toBe(401);
});

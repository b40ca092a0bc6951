// TC6: the WebSocket as the browser's network panel shows it.
import { request as httpRequest } from 'node:http';
import { expect, test } from './fixtures';
import type { ProgressUpdate } from './support/api';
import { AVAILABLE_IDS, csvFile } from './support/samples';
import { recordSockets } from './support/sockets';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Sends a WebSocket handshake with these headers and returns the status; 101 means success. */
function handshake(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    const request = httpRequest(url, { headers: { ...upgrade, ...headers } });
    request.on('response', (response) => (response.resume(), resolve(response.statusCode ?? 0)));
    request.on('upgrade', (response, socket) => (socket.destroy(), resolve(response.statusCode ?? 0)));
    request.on('error', reject);
    request.end();
  });
}

test('TC6: page opens one socket, which receives valid updates in order', async ({ ann, page, context }) => {
  const devtools = await context.newCDPSession(page);
  const statuses: number[] = [];
  devtools.on('Network.webSocketHandshakeResponseReceived', ({ response }) => statuses.push(response.status));
  await devtools.send('Network.enable');

  const sockets = recordSockets(page);

  await ann.createList('Frames');
  await ann.waitUntilLive();
  const job = await ann.importFile(csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10)));
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });

  expect(sockets, 'sockets of one page').toHaveLength(1);
  expect(statuses).toEqual([101]);
  const url = new URL(sockets[0]?.url ?? '');
  expect(url.pathname + url.search).toMatch(/^\/api\/ws\/progress\?token=[^&]+/);

  // Every frame is JSON: parsing anything else would throw.
  const messages = (sockets[0]?.frames ?? []).map((frame) => JSON.parse(frame) as ProgressUpdate | { type: string });
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
  expect(seqs, 'seq strictly increases').toEqual([...new Set(seqs)].sort((a, b) => a - b));
  expect(updates.at(-1)?.status).toBe('completed');
});

test('TC6: socket is refused without a valid token, and a ticket opens it only once', async ({ ann, context, server }) => {
  await ann.waitUntilLive();
  const cookies = await context.cookies();
  const cookie = { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') };
  expect(await handshake(`${server.url}/api/ws/progress`, cookie)).toBe(401);
  expect(await handshake(`${server.url}/api/ws/progress?token=forged`, cookie)).toBe(401);

  const response = await context.request.post('/api/ws/ticket', { headers: { Origin: server.url } });
  expect(response.status()).toBe(201);
  const { ticket } = (await response.json()) as { ticket: string };
  const url = `${server.url}/api/ws/progress?token=${encodeURIComponent(ticket)}`;
  expect(await handshake(url, {})).toBe(101);
  expect(await handshake(url, {}), 'the ticket is used up').toBe(401);
});

// Stands in for YouTube's oEmbed endpoint. Tests decide how many look-ups it answers, so that a job stops exactly where a test needs it, for
// as long as it needs it: up to 20 seconds, after which the server takes YouTube for unreachable.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { listenOnFreePort } from './net';
import { PRIVATE_ID } from './samples';

const DEFAULT_TITLE = 'A quiet week in Lisbon';

/** Answers every look-up at once unless told otherwise. All videos have a title; only `PRIVATE_ID` is private. */
export class MockYouTube {
  private limit: { after: number; retryAfterSeconds: number } | undefined;
  /** How many more look-ups are answered. */
  private remaining = Number.POSITIVE_INFINITY;
  /** Look-ups beyond that. */
  private readonly pending: { url: string; response: ServerResponse }[] = [];

  /** The title of every video, and the name of its channel. */
  title = DEFAULT_TITLE;

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {
    server.on('request', (request, response) => {
      this.pending.push({ url: request.url ?? '', response });
      this.answerPending();
    });
  }

  static async start(): Promise<MockYouTube> {
    const server = createServer();
    return new MockYouTube(server, await listenOnFreePort(server));
  }

  /** Settings that make a server ask this mock. */
  get settings(): Record<string, string> {
    return { METADATA: 'oembed', METADATA_URL: `http://127.0.0.1:${this.port}/` };
  }

  /** Leaves look-ups unanswered from now on. */
  pause(): void {
    this.remaining = 0;
  }

  /** Answers so many more look-ups while paused. */
  answerNext(count: number): void {
    this.remaining += count;
    this.answerPending();
  }

  /** Answers all look-ups again, pending ones included. */
  resume(): void {
    this.answerNext(Number.POSITIVE_INFINITY);
  }

  /** After so many answers, answers 429 with this `Retry-After`. */
  rateLimit(after: number, retryAfterSeconds: number): void {
    this.limit = { after, retryAfterSeconds };
  }

  liftRateLimit(): void {
    this.limit = undefined;
  }

  /** Restores the initial state for the next test, which may share this mock. */
  reset(): void {
    this.title = DEFAULT_TITLE;
    this.liftRateLimit();
    this.resume();
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private answerPending(): void {
    while (this.remaining > 0) {
      const next = this.pending.shift();
      if (next === undefined) return;
      // A client that timed out has asked again.
      if (next.response.destroyed) continue;
      this.remaining -= 1;
      this.answer(next);
    }
  }

  private answer({ url, response }: { url: string; response: ServerResponse }): void {
    if (this.isRateLimited()) response.writeHead(429, { 'Retry-After': `${this.limit?.retryAfterSeconds}` }).end();
    else if (url.includes(PRIVATE_ID)) response.writeHead(403).end();
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ title: this.title, author_name: this.title }));
  }

  private isRateLimited(): boolean {
    if (this.limit === undefined) return false;
    this.limit.after -= 1;
    return this.limit.after < 0;
  }
}

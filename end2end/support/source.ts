// What titles are asked of, in place of YouTube: its oEmbed end point, which a test can make slow or unwilling, so that a job stands exactly
// where the test wants it, for as long as it wants.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { PRIVATE } from './samples';

const TITLE = 'A quiet week in Lisbon';

/** Answers every id at once where nothing else was said, each but the private one with a title. */
export class Source {
  private refusal: { after: number; pause: number } | undefined;
  /** How many more are answered. */
  private allowed = Number.POSITIVE_INFINITY;
  /** Who asked beyond that, and waits. */
  private readonly waiting: { url: string; answer: ServerResponse }[] = [];

  /** Every video's, and its channel's name. */
  title = TITLE;

  private constructor(private readonly server: Server) {
    server.on('request', (asked, answer) => {
      this.waiting.push({ url: asked.url ?? '', answer });
      this.goOn();
    });
  }

  static async start(): Promise<Source> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Source(server);
  }

  /** For a server's settings. */
  get settings(): Record<string, string> {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('A TCP listener has a port.');
    return { METADATA: 'oembed', METADATA_URL: `http://127.0.0.1:${address.port}/` };
  }

  /** Answers nobody more: at most for a minute, after which the server takes it for gone. */
  hold(): void {
    this.allowed = 0;
  }

  /** Answers so many more while it holds. */
  allow(count: number): void {
    this.allowed += count;
    this.goOn();
  }

  /** Answers whoever asks, and who waits. */
  release(): void {
    this.allow(Number.POSITIVE_INFINITY);
  }

  /** After so many answers it refuses, and asks not to be asked again for so many seconds. */
  refuse(after: number, pause: number): void {
    this.refusal = { after, pause };
  }

  /** It answers again. */
  relent(): void {
    this.refusal = undefined;
  }

  /** As it began: for the next test, which may find it in use. */
  reset(): void {
    this.title = TITLE;
    this.relent();
    this.release();
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private goOn(): void {
    while (this.allowed > 0) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      // Who gave up waiting has asked again.
      if (next.answer.destroyed) continue;
      this.allowed -= 1;
      this.answer(next);
    }
  }

  private answer({ url, answer }: { url: string; answer: ServerResponse }): void {
    if (this.refuses()) answer.writeHead(429, { 'Retry-After': `${this.refusal?.pause}` }).end();
    else if (url.includes(PRIVATE)) answer.writeHead(403).end();
    else answer.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ title: this.title, author_name: this.title }));
  }

  private refuses(): boolean {
    if (this.refusal === undefined) return false;
    this.refusal.after -= 1;
    return this.refusal.after < 0;
  }
}

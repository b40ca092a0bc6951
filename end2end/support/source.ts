// What titles are asked of, in place of YouTube: its oEmbed end point, which a test can make refuse everything for a while.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { PRIVATE } from './samples';

/** Answers every id at once, one but the private one with a title. */
export class Source {
  private refusal: { after: number; pause: number } | undefined;

  private constructor(
    private readonly server: Server,
    private readonly title: string,
  ) {
    server.on('request', (asked, answer) => {
      if (this.refuses()) answer.writeHead(429, { 'Retry-After': `${this.refusal?.pause}` }).end();
      else if (asked.url?.includes(PRIVATE)) answer.writeHead(401).end();
      else answer.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ title: this.title, author_name: this.title }));
    });
  }

  /** A source whose videos all have this title, and a channel of the same name. */
  static async start(title = 'A quiet week in Lisbon'): Promise<Source> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Source(server, title);
  }

  /** For a server's settings. */
  get settings(): Record<string, string> {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('A TCP listener has a port.');
    return { METADATA: 'oembed', METADATA_URL: `http://127.0.0.1:${address.port}/` };
  }

  /** After so many answers it refuses, and asks not to be asked again for so many seconds. */
  refuse(after: number, pause: number): void {
    this.refusal = { after, pause };
  }

  /** It answers again. */
  relent(): void {
    this.refusal = undefined;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private refuses(): boolean {
    if (this.refusal === undefined) return false;
    this.refusal.after -= 1;
    return this.refusal.after < 0;
  }
}

// A line between the browser and the server that can fall silent, or be cut.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** One connection, with both of its ends. */
interface Connection {
  browser: Socket;
  server: Socket;
  /** It carries a WebSocket: Chromium opens one for each, and never reuses it. */
  live: boolean;
  silent: boolean;
}

/** Passes everything on, until it is told otherwise. */
export class Line {
  private readonly open = new Set<Connection>();

  private constructor(
    private readonly listener: Server,
    private readonly target: URL,
  ) {
    listener.on('connection', (browser) => this.join(browser));
  }

  /** A line to the server at this address. */
  static async to(target: string): Promise<Line> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Line(listener, new URL(target));
  }

  /** Where the browser finds the server. */
  get url(): string {
    const address = this.listener.address();
    if (address === null || typeof address === 'string') throw new Error('A TCP listener has a port.');
    return `http://127.0.0.1:${address.port}`;
  }

  /** The WebSockets that are open now fall silent: nothing passes any more, and neither end is told. */
  silence(): void {
    for (const connection of this.sockets()) connection.silent = true;
  }

  /** The WebSockets that are open now break. */
  cut(): void {
    for (const { browser, server } of this.sockets()) {
      browser.resetAndDestroy();
      server.destroy();
    }
  }

  /** Ends it with all its connections. */
  async stop(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    for (const { browser, server } of this.open) {
      browser.destroy();
      server.destroy();
    }
    await closed;
  }

  private sockets(): Connection[] {
    return [...this.open].filter((connection) => connection.live);
  }

  private join(browser: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    const connection: Connection = { browser, server, live: false, silent: false };
    this.open.add(connection);
    browser.once('data', (first) => (connection.live = first.toString('latin1').startsWith('GET /api/ws/')));
    for (const [from, to] of [[browser, server], [server, browser]] as const) {
      from.setNoDelay(true);
      from.on('data', (bytes) => connection.silent || to.write(bytes));
      // A broken connection is what this is for; its end is told by `close`.
      from.on('error', () => undefined);
      from.on('close', () => {
        if (!connection.silent) to.destroySoon();
        if (browser.destroyed && server.destroyed) this.open.delete(connection);
      });
    }
  }
}

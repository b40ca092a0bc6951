// A TCP proxy between the browser and the server that can stall or reset WebSockets.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { listenOnFreePort } from './net';

interface Connection {
  browser: Socket;
  server: Socket;
  /** Chromium opens a connection of its own for each WebSocket and never reuses it. */
  isWebSocket: boolean;
  stalled: boolean;
}

/** Forwards everything until told otherwise. */
export class TcpProxy {
  private readonly connections = new Set<Connection>();

  private constructor(
    private readonly listener: Server,
    private readonly target: URL,
    /** The address for the browser. */
    readonly url: string,
  ) {
    listener.on('connection', (browser) => this.accept(browser));
  }

  static async start(target: string): Promise<TcpProxy> {
    const listener = createServer();
    return new TcpProxy(listener, new URL(target), `http://127.0.0.1:${await listenOnFreePort(listener)}`);
  }

  /** Stops forwarding for all open WebSockets, without closing either end. */
  stallWebSockets(): void {
    for (const connection of this.webSockets()) connection.stalled = true;
  }

  /** Resets all open WebSockets. */
  resetWebSockets(): void {
    for (const { browser, server } of this.webSockets()) {
      browser.resetAndDestroy();
      server.destroy();
    }
  }

  /** Closes the listener and all connections. */
  async stop(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    for (const { browser, server } of this.connections) {
      browser.destroy();
      server.destroy();
    }
    await closed;
  }

  private webSockets(): Connection[] {
    return [...this.connections].filter((connection) => connection.isWebSocket);
  }

  private accept(browser: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    const connection: Connection = { browser, server, isWebSocket: false, stalled: false };
    this.connections.add(connection);
    browser.once('data', (first) => (connection.isWebSocket = first.toString('latin1').startsWith('GET /api/ws/')));
    for (const [from, to] of [[browser, server], [server, browser]] as const) {
      from.setNoDelay(true);
      from.on('data', (bytes) => connection.stalled || to.write(bytes));
      // Broken connections are the purpose of this proxy; `close` follows and cleans up.
      from.on('error', () => undefined);
      from.on('close', () => {
        if (!connection.stalled) to.destroySoon();
        if (browser.destroyed && server.destroyed) this.connections.delete(connection);
      });
    }
  }
}

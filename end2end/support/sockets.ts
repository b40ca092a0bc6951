// The progress WebSockets of a page: what they receive, and a way to cut them.
import type { Page } from '@playwright/test';

export interface RecordedSocket {
  url: string;
  /** The text of each frame received. */
  frames: string[];
}

/** Records the WebSockets that the page opens from now on. */
export function recordSockets(page: Page): RecordedSocket[] {
  const sockets: RecordedSocket[] = [];
  page.on('websocket', (socket) => {
    const frames: string[] = [];
    sockets.push({ url: socket.url(), frames });
    socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
  });
  return sockets;
}

export interface RoutedSocket {
  frames: string[];
  /** Closes both ends, as a server does that has lost its bus. */
  disconnect: () => Promise<void>;
}

/** Records the progress sockets that the page opens from now on, and makes them breakable. */
export async function routeSockets(page: Page): Promise<RoutedSocket[]> {
  const sockets: RoutedSocket[] = [];
  await page.routeWebSocket(/\/api\/ws\/progress/, (socket) => {
    const server = socket.connectToServer();
    const frames: string[] = [];
    server.onMessage((frame) => {
      frames.push(String(frame));
      socket.send(frame);
    });
    const disconnect = async () => {
      await server.close();
      await socket.close({ code: 1012, reason: 'bus lost' });
    };
    sockets.push({ frames, disconnect });
  });
  return sockets;
}

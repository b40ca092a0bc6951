// Publishes progress updates on a user's Redis channel, as any other program may.
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';

/** A `ProgressUpdate` as JSON. */
export function progressUpdate(jobId: string, seq: number, total: number, message: string): string {
  const created_at = new Date().toISOString().replace('Z', '000Z');
  const progress = Math.floor((100 * seq) / total);
  return JSON.stringify({
    job_id: jobId, status: 'processing', progress, current_video: seq, total_videos: total, message, video_id: randomUUID(), seq, created_at, eta_seconds: total - seq,
  });
}

/** No package: it sends one command. */
export class Publisher {
  private constructor(private readonly socket: Socket) {}

  static async connect(url: string): Promise<Publisher> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port || 6379), hostname).setNoDelay(true);
    await once(socket, 'connect');
    // Discards the replies, which say how many subscribers there were.
    socket.resume();
    return new Publisher(socket);
  }

  publish(userId: string, message: string): void {
    const parts = ['PUBLISH', `progress:user:${userId}`, message];
    this.socket.write(`*3\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`);
  }

  close(): void {
    this.socket.destroy();
  }
}

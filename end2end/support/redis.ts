// A Redis server that a single test owns and may kill.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { findFreePort } from './net';
import { waitUntil } from './process';

/** A `redis-server` without persistence. */
export class RedisServer {
  private child: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  static async start(): Promise<RedisServer> {
    const redis = new RedisServer(await findFreePort());
    await redis.launch();
    return redis;
  }

  /** The value for `REDIS_URL`. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}/`;
  }

  /** Starts the process, empty; after `kill` on the same port again. */
  async launch(): Promise<void> {
    const args = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    this.child = spawn('redis-server', args, { stdio: 'ignore' });
    await waitUntil('Redis listens', () => this.isListening(), 10_000);
  }

  /** Kills the process with SIGKILL. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  private isListening(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1');
      socket.on('connect', () => (socket.destroy(), resolve(true)));
      socket.on('error', () => resolve(false));
    });
  }
}

// One process of the real binary: started, watched, ended with SIGTERM.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

/** How long the contract gives a process to end after SIGTERM. */
const EXIT_WITHIN_MS = 10_000;

/** The server under test: script/test says which; else the one cargo built last. */
function binary(): string {
  const cache = process.env.XDG_CACHE_HOME ?? `${homedir()}/.cache`;
  const target = process.env.CARGO_TARGET_DIR ?? `${cache}/playmarks/target`;
  const path = process.env.PLAYMARKS_BIN ?? `${target}/debug/playmarks`;
  if (!existsSync(path)) throw new Error(`${path} is missing: run script/test, or set PLAYMARKS_BIN.`);
  return path;
}

/** A port nobody listens on, at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP listener has a port.');
  return address.port;
}

/** Asks until the answer is yes; the reason is told where it stays no for too long. */
export async function until(what: string, holds: () => Promise<boolean>, withinMs: number): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await holds()); await wait(50)) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms.`);
  }
}

/** A running `playmarks`. */
export class Playmarks {
  private constructor(
    private readonly child: ChildProcess,
    private readonly name: string,
    readonly log: string,
  ) {}

  /** Starts `playmarks <command>` with these settings and nothing of this process' own environment that could be a setting. */
  static start(command: string, settings: Record<string, string>, log: string): Playmarks {
    const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
    const child = spawn(binary(), [command], { env: { PATH, HOME, TMPDIR, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
    const file = createWriteStream(log, { flags: 'a' });
    child.stdout?.pipe(file, { end: false });
    child.stderr?.pipe(file, { end: false });
    return new Playmarks(child, command, log);
  }

  private get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits until it answers at this address. */
  async ready(url: string): Promise<void> {
    const answers = async () => {
      if (this.ended) throw new Error(`playmarks ${this.name} ended at once:\n${readFileSync(this.log, 'utf8').slice(-2000)}`);
      return fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);
    };
    await until(`playmarks ${this.name} answering /readyz`, answers, 30_000);
  }

  /** Ends it, and insists on a clean end in time. */
  async stop(): Promise<void> {
    if (!this.ended) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      if ((await Promise.race([exit, wait(EXIT_WITHIN_MS, 'late' as const, { ref: false })])) === 'late') {
        this.child.kill('SIGKILL');
        throw new Error(`playmarks ${this.name} did not end within ${EXIT_WITHIN_MS} ms of SIGTERM.`);
      }
    }
    if (this.child.exitCode !== 0) {
      const how = this.child.exitCode ?? this.child.signalCode;
      throw new Error(`playmarks ${this.name} ended with ${how}, not 0:\n${readFileSync(this.log, 'utf8').slice(-2000)}`);
    }
  }
}

// Processes of the real binary: start, wait until ready, stop with SIGTERM.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** The server promises to exit within this time after SIGTERM. */
const SHUTDOWN_TIMEOUT_MS = 10_000;

/** The binary under test: `PLAYMARKS_BIN`, which script/test sets, or the last development build. */
function binaryPath(): string {
  const cache = process.env.XDG_CACHE_HOME ?? `${homedir()}/.cache`;
  const target = process.env.CARGO_TARGET_DIR ?? `${cache}/playmarks/target`;
  const path = process.env.PLAYMARKS_BIN ?? `${target}/debug/playmarks`;
  if (!existsSync(path)) throw new Error(`${path} does not exist. Run script/test, or set PLAYMARKS_BIN.`);
  return path;
}

/** Polls the condition until it holds; throws after the timeout. */
export async function waitUntil(description: string, condition: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await condition()); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`Timed out after ${timeoutMs} ms: ${description}.`);
  }
}

/** A running `playmarks`. */
export class PlaymarksProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly name: string,
    readonly log: string,
  ) {}

  /** Starts `playmarks <command>` with these settings. Does not inherit this process's environment, which may contain settings. */
  static start(command: string, settings: Record<string, string>, log: string): PlaymarksProcess {
    const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
    const child = spawn(binaryPath(), [command], { env: { PATH, HOME, TMPDIR, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
    const file = createWriteStream(log, { flags: 'a' });
    child.stdout?.pipe(file, { end: false });
    child.stderr?.pipe(file, { end: false });
    return new PlaymarksProcess(child, command, log);
  }

  private get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits until `/readyz` at this address succeeds. */
  async waitUntilReady(url: string): Promise<void> {
    const isReady = async () => {
      if (this.hasExited) throw new Error(`playmarks ${this.name} exited during start:\n${readFileSync(this.log, 'utf8').slice(-2000)}`);
      return fetch(`${url}/readyz`).then((response) => response.ok, () => false);
    };
    await waitUntil(`playmarks ${this.name} answers /readyz`, isReady, 30_000);
  }

  /** Sends SIGTERM. Throws unless the process exits in time and with code 0. */
  async stop(): Promise<void> {
    if (!this.hasExited) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      if ((await Promise.race([exit, sleep(SHUTDOWN_TIMEOUT_MS, 'timeout' as const, { ref: false })])) === 'timeout') {
        this.child.kill('SIGKILL');
        throw new Error(`playmarks ${this.name} did not exit within ${SHUTDOWN_TIMEOUT_MS} ms after SIGTERM.`);
      }
    }
    if (this.child.exitCode !== 0) {
      const exit = this.child.exitCode ?? this.child.signalCode;
      throw new Error(`playmarks ${this.name} exited with ${exit} instead of 0:\n${readFileSync(this.log, 'utf8').slice(-2000)}`);
    }
  }
}

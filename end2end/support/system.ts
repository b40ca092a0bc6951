// The system under test: `serve` on SQLite, or `web` and `worker` on PostgreSQL and Redis.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from './net';
import { PlaymarksProcess } from './process';

const execFileAsync = promisify(execFile);

/** `embedded`: one process on SQLite. `cluster`: two processes on PostgreSQL and Redis. */
export type Layout = 'embedded' | 'cluster';

/** A running system. */
export interface System {
  /** The address for the browser. */
  url: string;
  /** Path of each process's log file. */
  logs: string[];
  /** Stops every process with SIGTERM, deletes all data, and throws if a process did not exit cleanly. */
  stop(): Promise<void>;
}

/** Starts a system. The settings are added to the tests' defaults. */
export async function startSystem(layout: Layout, settings: Record<string, string>): Promise<System> {
  const dir = await mkdtemp(join(tmpdir(), 'playmarks-e2e-'));
  const allSettings = { METADATA: 'demo', RATE_LIMITS: 'off', ...settings };
  return layout === 'embedded' ? startEmbedded(dir, allSettings) : startCluster(dir, allSettings);
}

async function startEmbedded(dir: string, settings: Record<string, string>): Promise<System> {
  const bindAddr = await freeAddress();
  const log = join(dir, 'serve.log');
  const serve = PlaymarksProcess.start('serve', { ...settings, BIND_ADDR: bindAddr, DATA_DIR: join(dir, 'data') }, log);
  return waitForStart(`http://${bindAddr}`, [serve], [serve], () => rm(dir, { recursive: true }));
}

async function startCluster(dir: string, settings: Record<string, string>): Promise<System> {
  const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env;
  if (!TEST_DATABASE_URL || !TEST_REDIS_URL) throw new Error('TEST_DATABASE_URL and TEST_REDIS_URL are not set. Run the tests with script/test.');
  const databaseName = `e2e_${randomBytes(8).toString('hex')}`;
  const sql = (statement: string) => execFileAsync('psql', ['--no-psqlrc', '--quiet', '--dbname', TEST_DATABASE_URL, '--command', statement]);
  await sql(`CREATE DATABASE ${databaseName}`);

  const database = new URL(TEST_DATABASE_URL);
  database.pathname = `/${databaseName}`;
  const shared = { REDIS_URL: TEST_REDIS_URL, ...settings, DATABASE_URL: database.href };
  const bindAddr = await freeAddress();
  const web = PlaymarksProcess.start('web', { ...shared, BIND_ADDR: bindAddr, DATA_DIR: join(dir, 'web') }, join(dir, 'web.log'));
  const worker = PlaymarksProcess.start('worker', { ...shared, BIND_ADDR: await freeAddress(), DATA_DIR: join(dir, 'worker') }, join(dir, 'worker.log'));
  return waitForStart(`http://${bindAddr}`, [web], [worker, web], async () => {
    await sql(`DROP DATABASE ${databaseName} WITH (FORCE)`);
    await rm(dir, { recursive: true });
  });
}

async function freeAddress(): Promise<string> {
  return `127.0.0.1:${await findFreePort()}`;
}

/** Waits until the processes that serve HTTP are ready. If one is not, stops all of them. */
async function waitForStart(url: string, httpProcesses: PlaymarksProcess[], all: PlaymarksProcess[], cleanUp: () => Promise<void>): Promise<System> {
  const stop = async () => {
    const results = await Promise.allSettled(all.map((process) => process.stop()));
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    await cleanUp();
    if (failures.length > 0) throw new Error(failures.join('\n'));
  };
  try {
    await Promise.all(httpProcesses.map((process) => process.waitUntilReady(url)));
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  return { url, logs: all.map((process) => process.log), stop };
}

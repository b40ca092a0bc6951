// The whole system under test: `serve` on SQLite, or `web` and `worker` on PostgreSQL and Redis.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, Playmarks } from './process';

const run = promisify(execFile);

/** How the system is laid out. */
export type Layout = 'embedded' | 'cluster';

/** A running system. */
export interface System {
  /** Where the browser finds it. */
  url: string;
  /** The log of each process. */
  logs: string[];
  /** Ends every process with SIGTERM, checks that each ended well, and clears up. */
  stop(): Promise<void>;
}

/** Boots a system of this layout with these settings on top of the tests' own. */
export async function boot(layout: Layout, settings: Record<string, string>): Promise<System> {
  const dir = await mkdtemp(join(tmpdir(), 'playmarks-e2e-'));
  const common = { METADATA: 'demo', RATE_LIMITS: 'off', ...settings };
  return layout === 'embedded' ? bootEmbedded(dir, common) : bootCluster(dir, common);
}

async function bootEmbedded(dir: string, settings: Record<string, string>): Promise<System> {
  const bind = await address();
  const log = join(dir, 'serve.log');
  const serve = Playmarks.start('serve', { ...settings, BIND_ADDR: bind, DATA_DIR: join(dir, 'data') }, log);
  return started(`http://${bind}`, [serve], [serve], () => rm(dir, { recursive: true }));
}

async function bootCluster(dir: string, settings: Record<string, string>): Promise<System> {
  const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env;
  if (!TEST_DATABASE_URL || !TEST_REDIS_URL) throw new Error('TEST_DATABASE_URL and TEST_REDIS_URL are not set: run script/test.');
  const name = `e2e_${randomBytes(8).toString('hex')}`;
  const sql = (statement: string) => run('psql', ['--no-psqlrc', '--quiet', '--dbname', TEST_DATABASE_URL, '--command', statement]);
  await sql(`CREATE DATABASE ${name}`);

  const database = new URL(TEST_DATABASE_URL);
  database.pathname = `/${name}`;
  const shared = { REDIS_URL: TEST_REDIS_URL, ...settings, DATABASE_URL: database.href };
  const bind = await address();
  const web = Playmarks.start('web', { ...shared, BIND_ADDR: bind, DATA_DIR: join(dir, 'web') }, join(dir, 'web.log'));
  const worker = Playmarks.start('worker', { ...shared, BIND_ADDR: await address(), DATA_DIR: join(dir, 'worker') }, join(dir, 'worker.log'));
  return started(`http://${bind}`, [web], [worker, web], async () => {
    await sql(`DROP DATABASE ${name} WITH (FORCE)`);
    await rm(dir, { recursive: true });
  });
}

async function address(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}

/** Waits for those that answer; whatever happens later, all are stopped, and what one of them did wrong is told. */
async function started(url: string, answering: Playmarks[], all: Playmarks[], clearUp: () => Promise<void>): Promise<System> {
  const stop = async () => {
    const ends = await Promise.allSettled(all.map((one) => one.stop()));
    const wrong = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
    await clearUp();
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  };
  try {
    await Promise.all(answering.map((one) => one.ready(url)));
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  return { url, logs: all.map((one) => one.log), stop };
}

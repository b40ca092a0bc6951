// What people upload. The emulator's answer is a fixed function of the id, so these do the same in every run.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A file for an upload. */
export interface SampleFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A file from `samples/`. */
export function sample(name: string): SampleFile {
  const path = fileURLToPath(new URL(`../samples/${name}`, import.meta.url));
  return { name, mimeType: name.endsWith('.txt') ? 'text/plain' : 'text/csv', buffer: readFileSync(path) };
}

/** A simple CSV of these ids. */
export function csv(name: string, ids: readonly string[]): SampleFile {
  return { name, mimeType: 'text/csv', buffer: Buffer.from(`video_id\n${ids.join('\n')}\n`) };
}

/** Twenty that the emulator finds at once. */
export const FOUND = ['TODO'] as const;

/** One that it calls private. */
export const PRIVATE = 'TODO';

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

/** Twenty that the emulator knows, and answers without haste or delay: those of `simple.csv`, then some of `takeout-now.csv`. */
export const FOUND: readonly string[] = [
  '8pDPkXZAtUt', '8g3rkZs5OuQ', 'FvyK81JABo6', 'r-HAMQXR9CW', 'ab1UBYsGteZ',
  'JnTNGKBAihq', 'HLbdm8-cs42', 'SJQxJEWUYq5', 'KmyIBsjdf9I', '-2CmOiUjJQM',
  'kIkRGYCMgUf', 'st1ofrzwmuS', 'W4pqGS-EEKv', 'ALzJUkckRCo', 'vcQo9u-HR8d',
  '9TYwBtxnbp8', 'AChhPzOn-0X', 'kcPtk1koVFr', 't6vL0f5zd7d', '7hIxPcoRPXC',
];

/** One of `takeout-now.csv` that it calls private. */
export const PRIVATE = 'X9W_LQZI5r3';

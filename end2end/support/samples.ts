// Files and video ids for imports. The demo source's answer depends only on the id, so they behave the same in every run.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface UploadFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A file from `samples/`. */
export function sampleFile(name: string): UploadFile {
  const path = fileURLToPath(new URL(`../samples/${name}`, import.meta.url));
  return { name, mimeType: name.endsWith('.txt') ? 'text/plain' : 'text/csv', buffer: readFileSync(path) };
}

/** A CSV file with one column of video ids. */
export function csvFile(name: string, ids: readonly string[]): UploadFile {
  return { name, mimeType: 'text/csv', buffer: Buffer.from(`video_id\n${ids.join('\n')}\n`) };
}

/** Twenty ids that the demo source finds, without rate limits or delays: those of `simple.csv`, then some of `takeout-now.csv`. */
export const AVAILABLE_IDS: readonly string[] = [
  '8pDPkXZAtUt', '8g3rkZs5OuQ', 'FvyK81JABo6', 'r-HAMQXR9CW', 'ab1UBYsGteZ',
  'JnTNGKBAihq', 'HLbdm8-cs42', 'SJQxJEWUYq5', 'KmyIBsjdf9I', '-2CmOiUjJQM',
  'kIkRGYCMgUf', 'st1ofrzwmuS', 'W4pqGS-EEKv', 'ALzJUkckRCo', 'vcQo9u-HR8d',
  '9TYwBtxnbp8', 'AChhPzOn-0X', 'kcPtk1koVFr', 't6vL0f5zd7d', '7hIxPcoRPXC',
];

/** An id of `takeout-now.csv` that the demo source reports as private. */
export const PRIVATE_ID = 'X9W_LQZI5r3';

// Formats figures and prints them as rows of a Markdown table.

export function printRow(name: string, figure: string): void {
  process.stdout.write(`| ${name} | ${figure} |\n`);
}

/** Nearest-rank percentile: the smallest value that at least this fraction (0 to 1) of all values do not exceed. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)];
  if (value === undefined) throw new Error('Nothing was measured.');
  return value;
}

/** `12 ms`. */
export function formatMs(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** `182.3 kB`, with 1 kB = 1000 bytes. */
export function formatKilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

/** `4.2 MB`. */
export function formatMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

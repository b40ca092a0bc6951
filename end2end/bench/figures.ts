// Figures as rows of a Markdown table.

/** Prints a row. */
export function row(what: string, figure: string): void {
  process.stdout.write(`| ${what} | ${figure} |\n`);
}

/** The value that this share of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('Nothing was measured.');
  return value;
}

/** `12 ms`. */
export function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** `182.3 kB`; a kB has 1000 bytes. */
export function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

/** `4.2 MB`. */
export function MB(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

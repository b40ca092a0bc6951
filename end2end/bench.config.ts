// Measures the page; run by `script/bench --page`, which prints the rows.
import { defineConfig } from '@playwright/test';
import scenarios from './playwright.config';

export default defineConfig({
  testDir: './bench',
  testMatch: '*.bench.ts',
  outputDir: 'test-results/bench',
  workers: 1,
  timeout: 300_000,
  reporter: './bench/rows.ts',
  use: { ...scenarios.use, trace: 'off', screenshot: 'off' },
});

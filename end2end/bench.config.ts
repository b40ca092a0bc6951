// Measures the performance of pages in Chromium and prints the figures as table rows. Run by `script/bench --page`.
import { defineConfig } from '@playwright/test';
import testConfig from './playwright.config';

export default defineConfig({
  testDir: './bench',
  testMatch: '*.bench.ts',
  outputDir: 'test-results/bench',
  workers: 1,
  timeout: 300_000,
  reporter: './bench/row-reporter.ts',
  use: { ...testConfig.use, trace: 'off', screenshot: 'off' },
});

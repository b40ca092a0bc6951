// Takes screenshots of every page in both themes and two widths, with the servers and fixtures of the tests. Run by `script/screenshots`.
import testConfig from './playwright.config';

export default {
  ...testConfig,
  testDir: './screenshots',
  testMatch: '*.ts',
  projects: [{ name: 'embedded', use: { layout: 'embedded' as const } }],
};

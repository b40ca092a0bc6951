// Pictures of every page, in both themes and two widths: not a test, but made with the tests' servers. `script/screenshots` runs it.
import base from './playwright.config';

export default {
  ...base,
  testDir: './pictures',
  testMatch: '*.ts',
  projects: [{ name: 'embedded', use: { system: 'embedded' as const } }],
};

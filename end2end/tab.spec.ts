// What a tab shows outside of the page: title and icon while jobs run, and a notification at the end for users who asked for it.
import { expect, testWithMockYouTube as test } from './fixtures';
import { fetchJob, TERMINAL_STATUSES } from './support/api';
import { AVAILABLE_IDS, csvFile, PRIVATE_ID } from './support/samples';
import type { User } from './support/user';
import { setTabVisible } from './support/visibility';

declare global {
  interface Window {
    /** How often the page asked for permission. */
    permissionRequests: number;
    /** Titles of the notifications that the page showed. */
    notifications: string[];
  }
}

test('title and icon show the progress of a running job', async ({ ann, page, youtube }) => {
  await ann.createList('Cooking');
  const icon = page.locator('link[rel=icon]');
  await expect(page).toHaveTitle('Cooking – Playmarks');
  youtube.pause();
  const job = await ann.importFile(csvFile('ten.csv', AVAILABLE_IDS.slice(0, 10)));
  youtube.answerNext(3);

  await expect(page).toHaveTitle('30 % · Cooking – Playmarks');
  await expect(icon).toHaveAttribute('href', /^data:image\/svg\+xml,/);
  expect(await ann.jobPercent(job), 'the same as the bar').toBe(30);
  const iconWidth = icon.evaluate(async (link: HTMLLinkElement) => {
    const image = new Image();
    image.src = link.href;
    await image.decode();
    return image.naturalWidth;
  });
  expect(await iconWidth, 'width of the decoded icon').toBeGreaterThan(0);

  youtube.answerNext(1);
  await expect(page).toHaveTitle('40 % · Cooking – Playmarks');
  youtube.resume();
  await expect(ann.jobCard(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(page).toHaveTitle('Cooking – Playmarks');
  await expect(icon).toHaveAttribute('href', '/favicon.svg');
});

test.describe('notifications', () => {
  test.beforeEach(async ({ context }) => {
    await context.grantPermissions(['notifications']);
    await context.addInitScript(() => {
      window.permissionRequests = 0;
      window.notifications = [];
      const requestPermission = Notification.requestPermission.bind(Notification);
      Notification.requestPermission = (...then) => {
        window.permissionRequests += 1;
        return requestPermission(...then);
      };
      window.Notification = class extends Notification {
        constructor(title: string, options?: NotificationOptions) {
          super(title, options);
          window.notifications.push(title);
        }
      };
    });
  });

  /** Runs a job over these videos until the page shows its end; returns all notifications since the page was loaded. */
  async function runJobAndGetNotifications(ann: User, name: string, ids: readonly string[]): Promise<string[]> {
    const job = await ann.importFile(csvFile(name, ids));
    await expect.poll(async () => TERMINAL_STATUSES.includes((await fetchJob(ann.page.request, job)).status), { timeout: 30_000 }).toBe(true);
    await expect(ann.jobCard(job)).toHaveAttribute('data-status', /^completed/);
    return ann.page.evaluate(() => window.notifications);
  }

  test('notification is shown for a hidden tab after the user turned it on', async ({ ann, page }) => {
    await ann.createList('Cooking');
    await ann.waitUntilLive();
    const toggle = page.getByRole('button', { name: /^Notif(y|ies) at the end$/ });
    const permissionRequests = () => page.evaluate(() => window.permissionRequests);

    expect(await runJobAndGetNotifications(ann, 'one.csv', AVAILABLE_IDS.slice(0, 1)), 'notifications are off').toEqual([]);
    await setTabVisible(page, false);
    expect(await runJobAndGetNotifications(ann, 'two.csv', AVAILABLE_IDS.slice(1, 2)), 'off, even while hidden').toEqual([]);
    await setTabVisible(page, true);
    await expect(toggle).toHaveText('Notify at the end');
    await expect(toggle).toHaveAttribute('aria-pressed', 'false');
    expect(await permissionRequests(), 'permission is not requested before the click').toBe(0);

    await toggle.click();
    await expect(toggle).toHaveText('Notifies at the end');
    await expect(toggle).toHaveAttribute('aria-pressed', 'true');
    expect(await permissionRequests()).toBe(1);

    expect(await runJobAndGetNotifications(ann, 'three.csv', AVAILABLE_IDS.slice(2, 3)), 'no notification while the tab is visible').toEqual([]);
    await setTabVisible(page, false);
    const expected = ['Completed: 2 succeeded, 1 failed.'];
    expect(await runJobAndGetNotifications(ann, 'four.csv', [...AVAILABLE_IDS.slice(3, 5), PRIVATE_ID])).toEqual(expected);

    await test.step('the choice is remembered', async () => {
      await page.reload();
      await ann.waitUntilLive();
      await expect(toggle).toHaveAttribute('aria-pressed', 'true');
      expect(await permissionRequests(), 'permission is not requested again').toBe(0);
      await setTabVisible(page, false);
      expect(await runJobAndGetNotifications(ann, 'five.csv', AVAILABLE_IDS.slice(5, 6))).toHaveLength(1);
    });

    await test.step('notifications can be turned off', async () => {
      await setTabVisible(page, true);
      await toggle.click();
      await expect(toggle).toHaveAttribute('aria-pressed', 'false');
      await setTabVisible(page, false);
      expect(await runJobAndGetNotifications(ann, 'six.csv', AVAILABLE_IDS.slice(6, 7)), 'only the earlier one').toHaveLength(1);
      await page.reload();
      await ann.waitUntilLive();
      await expect(toggle).toHaveAttribute('aria-pressed', 'false');
    });
  });
});

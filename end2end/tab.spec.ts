// What shows outside of the page: the tab's title and icon while something runs, and the system's notification at the end for who asked for it.
import { expect, paced as test } from './fixtures';
import { job as jobNow, TERMINAL } from './support/api';
import { look } from './support/look';
import type { Person } from './support/person';
import { csv, FOUND, PRIVATE } from './support/samples';

declare global {
  interface Window {
    /** How often this page asked for permission. */
    asked: number;
    /** What the system was to tell. */
    notified: string[];
  }
}

test('title and icon show how far it is', async ({ ann, page, source }) => {
  await ann.createList('Cooking');
  const icon = page.locator('link[rel=icon]');
  await expect(page).toHaveTitle('Cooking – Playmarks');
  source.hold();
  const job = await ann.upload(csv('ten.csv', FOUND.slice(0, 10)));
  source.allow(3);

  await expect(page).toHaveTitle('30 % · Cooking – Playmarks');
  await expect(icon).toHaveAttribute('href', /^data:image\/svg\+xml,/);
  expect(await ann.percent(job), 'as the bar').toBe(30);
  const drawn = icon.evaluate(async (link: HTMLLinkElement) => {
    const image = new Image();
    image.src = link.href;
    await image.decode();
    return image.naturalWidth;
  });
  expect(await drawn, 'a picture that the page may show').toBeGreaterThan(0);

  source.allow(1);
  await expect(page).toHaveTitle('40 % · Cooking – Playmarks');
  source.release();
  await expect(ann.card(job)).toHaveAttribute('data-status', 'completed', { timeout: 30_000 });
  await expect(page).toHaveTitle('Cooking – Playmarks');
  await expect(icon).toHaveAttribute('href', '/favicon.svg');
});

test.describe('notifications', () => {
  test.beforeEach(async ({ context }) => {
    await context.grantPermissions(['notifications']);
    await context.addInitScript(() => {
      window.asked = 0;
      window.notified = [];
      const ask = Notification.requestPermission.bind(Notification);
      Notification.requestPermission = (...then) => {
        window.asked += 1;
        return ask(...then);
      };
      window.Notification = class extends Notification {
        constructor(title: string, options?: NotificationOptions) {
          super(title, options);
          window.notified.push(title);
        }
      };
    });
  });

  /** Runs a job of these videos to its end, which the page shows, and tells what was notified since the page was loaded. */
  async function notifiedBy(ann: Person, name: string, ids: readonly string[]): Promise<string[]> {
    const job = await ann.upload(csv(name, ids));
    await expect.poll(async () => TERMINAL.includes((await jobNow(ann.page.request, job)).status), { timeout: 30_000 }).toBe(true);
    await expect(ann.card(job)).toHaveAttribute('data-status', /^completed/);
    return ann.page.evaluate(() => window.notified);
  }

  test('are asked for by a click, and tell the end to who looks away', async ({ ann, page }) => {
    await ann.createList('Cooking');
    await ann.live();
    const toggle = page.getByRole('button', { name: /^Notif(y|ies) at the end$/ });
    const asked = () => page.evaluate(() => window.asked);

    expect(await notifiedBy(ann, 'one.csv', FOUND.slice(0, 1)), 'nobody wanted it yet').toEqual([]);
    await look(page, false);
    expect(await notifiedBy(ann, 'two.csv', FOUND.slice(1, 2)), 'hidden or not').toEqual([]);
    await look(page, true);
    await expect(toggle).toHaveText('Notify at the end');
    await expect(toggle).toHaveAttribute('aria-pressed', 'false');
    expect(await asked(), 'nothing is asked before it is wanted').toBe(0);

    await toggle.click();
    await expect(toggle).toHaveText('Notifies at the end');
    await expect(toggle).toHaveAttribute('aria-pressed', 'true');
    expect(await asked()).toBe(1);

    expect(await notifiedBy(ann, 'three.csv', FOUND.slice(2, 3)), 'the page is in sight').toEqual([]);
    await look(page, false);
    const end = ['Completed: 2 succeeded, 1 failed.'];
    expect(await notifiedBy(ann, 'four.csv', [...FOUND.slice(3, 5), PRIVATE])).toEqual(end);

    await test.step('it is remembered', async () => {
      await page.reload();
      await ann.live();
      await expect(toggle).toHaveAttribute('aria-pressed', 'true');
      expect(await asked(), 'without asking again').toBe(0);
      await look(page, false);
      expect(await notifiedBy(ann, 'five.csv', FOUND.slice(5, 6))).toHaveLength(1);
    });

    await test.step('it is turned off', async () => {
      await look(page, true);
      await toggle.click();
      await expect(toggle).toHaveAttribute('aria-pressed', 'false');
      await look(page, false);
      expect(await notifiedBy(ann, 'six.csv', FOUND.slice(6, 7)), 'the one of before').toHaveLength(1);
      await page.reload();
      await ann.live();
      await expect(toggle).toHaveAttribute('aria-pressed', 'false');
    });
  });
});

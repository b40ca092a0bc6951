// A user at a browser: signs up, creates lists, imports files, watches job cards.
import { randomBytes } from 'node:crypto';
import { expect, type Locator, type Page } from '@playwright/test';
import type { UploadFile } from './samples';

export function randomEmail(): string {
  return `${randomBytes(6).toString('hex')}@example.org`;
}

export function randomPassword(): string {
  return randomBytes(9).toString('base64');
}

/** Opens a page and waits until it is hydrated. */
export async function openPage(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('html[data-hydrated]').waitFor();
}

/** More focus stops than any page has. */
export const MAX_STOPS = 100;

/** Presses Tab until the target has the focus. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  const isFocused = () => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < MAX_STOPS && !(await isFocused()); presses += 1) await page.keyboard.press('Tab');
  await expect(target).toBeFocused();
}

/** Opens the sign-up page, fills it in and submits it. */
export async function submitSignUp(page: Page, email: string, password: string): Promise<void> {
  await page.goto('/sign-up');
  await fillCredentials(page, email, password);
  await page.getByRole('button', { name: 'Create account' }).click();
}

/** Fills in and submits the sign-in page, which must be open. */
export async function submitSignIn(page: Page, email: string, password: string): Promise<void> {
  await fillCredentials(page, email, password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Fills in and submits the form for a new list. */
export async function submitNewList(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name of the new list').fill(name);
  await page.getByRole('button', { name: 'Create list' }).click();
}

async function fillCredentials(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
}

/** A user with an account, signed in on `page`. */
export class User {
  private constructor(
    readonly page: Page,
    readonly email: string,
    readonly password: string,
  ) {}

  /** Signs a new user up through the sign-up page. */
  static async signUp(page: Page): Promise<User> {
    const user = new User(page, randomEmail(), randomPassword());
    await submitSignUp(page, user.email, user.password);
    await page.waitForURL('**/lists');
    await user.waitUntilLive();
    return user;
  }

  /** The same user in another tab. */
  inTab(page: Page): User {
    return new User(page, this.email, this.password);
  }

  /** Waits until the page is hydrated and its socket is open. */
  async waitUntilLive(): Promise<void> {
    await expect(this.page.locator('.connection-indicator')).toHaveText(/live/i);
  }

  /** Creates a list, which opens it, and returns its id. */
  async createList(name: string): Promise<string> {
    await submitNewList(this.page, name);
    await this.page.waitForURL(/\/lists\/[0-9a-f-]{36}/);
    await expect(this.page.getByRole('heading', { level: 1, name })).toBeVisible();
    return new URL(this.page.url()).pathname.split('/')[2] ?? '';
  }

  /** Chooses a file and returns its import preview. */
  async previewFile(file: UploadFile): Promise<Locator> {
    await this.page.getByLabel('Choose file').setInputFiles(file);
    const preview = this.page.getByRole('region', { name: `Import ${file.name}?` });
    await expect(preview).toBeVisible();
    return preview;
  }

  /** Imports a file into the open list and returns the job's id. */
  async importFile(file: UploadFile): Promise<string> {
    const preview = await this.previewFile(file);
    await preview.getByRole('button', { name: /^Import / }).click();
    const receiptLink = this.page.getByRole('status').getByRole('link', { name: 'See the receipt' });
    await expect(receiptLink).toBeVisible();
    return (await receiptLink.getAttribute('href'))?.split('/').pop() ?? '';
  }

  /** The card of this job. More than one match is a bug. */
  jobCard(jobId: string): Locator {
    return this.page.locator(`article.job-card[data-job-id="${jobId}"]`);
  }

  /** The value of the progress bar on a job's card, in percent. */
  async jobPercent(jobId: string): Promise<number> {
    return Number(await this.jobCard(jobId).getByRole('progressbar').getAttribute('aria-valuenow'));
  }
}

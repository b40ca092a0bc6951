// A person in front of a browser: signs up, makes lists, uploads files, watches cards.
import { randomBytes } from 'node:crypto';
import { expect, type Locator, type Page } from '@playwright/test';
import type { SampleFile } from './samples';

/** Somebody with an account, signed in on this page. */
export class Person {
  private constructor(
    readonly page: Page,
    readonly email: string,
    readonly password: string,
  ) {}

  /** Signs up through the page. */
  static async signUp(page: Page): Promise<Person> {
    const person = new Person(page, `${randomBytes(6).toString('hex')}@example.org`, randomBytes(9).toString('base64'));
    await page.goto('/sign-up');
    await page.getByLabel('E-mail address').fill(person.email);
    await page.getByLabel('Password', { exact: true }).fill(person.password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.waitForURL('**/lists');
    await person.live();
    return person;
  }

  /** The same person in another tab. */
  on(page: Page): Person {
    return new Person(page, this.email, this.password);
  }

  /** Waits until the page is awake and its socket is open. */
  async live(): Promise<void> {
    await expect(this.page.locator('.live')).toHaveText(/live/i);
  }

  /** Makes a list, opens it, and tells its id. */
  async createList(name: string): Promise<string> {
    await this.page.getByLabel('Name of the new list').fill(name);
    await this.page.getByRole('button', { name: 'Create list' }).click();
    await this.page.waitForURL(/\/lists\/[0-9a-f-]{36}/);
    await expect(this.page.getByRole('heading', { level: 1, name })).toBeVisible();
    return new URL(this.page.url()).pathname.split('/')[2] ?? '';
  }

  /** Chooses a file, and waits for what would become of it. */
  async preview(file: SampleFile): Promise<Locator> {
    await this.page.getByLabel('Choose file').setInputFiles(file);
    const preview = this.page.getByRole('region', { name: `Import ${file.name}?` });
    await expect(preview).toBeVisible();
    return preview;
  }

  /** Uploads a file into the list that is open, and tells the job's id. */
  async upload(file: SampleFile): Promise<string> {
    const preview = await this.preview(file);
    await preview.getByRole('button', { name: /^Import / }).click();
    const receipt = this.page.getByRole('status').getByRole('link', { name: 'See the receipt' });
    await expect(receipt).toBeVisible();
    return (await receipt.getAttribute('href'))?.split('/').pop() ?? '';
  }

  /** The cards of this job: exactly one, where all is well. */
  card(jobId: string): Locator {
    return this.page.locator(`article.job-card[data-job-id="${jobId}"]`);
  }

  /** What the bar of a job's card says, in percent. */
  async percent(jobId: string): Promise<number> {
    return Number(await this.card(jobId).getByRole('progressbar').getAttribute('aria-valuenow'));
  }
}

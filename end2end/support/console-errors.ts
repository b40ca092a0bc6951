// Console errors and uncaught exceptions. A page that reports one is broken, whatever it shows, so each fails the test it happened in.
import { type BrowserContext, expect } from '@playwright/test';

export class ConsoleErrors {
  private readonly seen: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Collects the errors of all pages of a context, including those opened later. */
  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      if (message.type() === 'error') this.seen.push(`${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.seen.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  }

  /** Allows messages that the test provokes on purpose, such as those of a cut connection or a refused page. */
  allow(message: RegExp): void {
    this.allowed.push(message);
  }

  /** Fails if any other error was reported. */
  assertNone(): void {
    expect(this.seen.filter((text) => !this.allowed.some((message) => message.test(text))), 'console errors').toEqual([]);
  }
}

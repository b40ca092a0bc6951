// A page that prints an error is broken, whatever it shows: every console error and uncaught exception fails its test.
import { type BrowserContext, expect } from '@playwright/test';

/** Watches browser contexts for errors. */
export class Guard {
  private readonly seen: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Watches all pages of a context, those to come included. */
  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      if (message.type() === 'error') this.seen.push(`${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.seen.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  }

  /** For a test that provokes exactly this message: a cut connection, a refused page. */
  allow(message: RegExp): void {
    this.allowed.push(message);
  }

  /** Fails where anything else was seen. */
  check(): void {
    expect(this.seen.filter((text) => !this.allowed.some((message) => message.test(text))), 'errors in the console').toEqual([]);
  }
}

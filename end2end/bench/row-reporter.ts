// Playwright reporter that prints only the rows of the benchmarks, and errors.
import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';

export default class RowReporter implements Reporter {
  onStdOut(chunk: string | Buffer): void {
    process.stdout.write(chunk);
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    for (const { message, stack } of result.errors) process.stderr.write(`${test.title}: ${stack ?? message ?? 'failed'}\n`);
  }

  onError({ message }: { message?: string }): void {
    process.stderr.write(`${message ?? 'failed'}\n`);
  }

  onEnd({ status }: FullResult): void {
    if (status !== 'passed') process.stderr.write(`The page benchmark did not pass: ${status}.\n`);
  }

  printsToStdio(): boolean {
    return true;
  }
}

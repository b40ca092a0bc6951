// Prints what the measurements print and nothing else, unless one fails.
import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';

export default class Rows implements Reporter {
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
    if (status !== 'passed') process.stderr.write(`The page was not measured: ${status}.\n`);
  }

  printsToStdio(): boolean {
    return true;
  }
}

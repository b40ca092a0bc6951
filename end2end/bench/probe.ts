// What is measured inside a page: registered before any of its own script runs.
import type { BrowserContext } from '@playwright/test';
import { reveal } from '../support/inside';

/** What a page found out about itself. Times in ms since its navigation began. */
export interface Findings {
  readyMs: number;
  firstPaintMs: number;
  largestPaintMs: number;
  layoutShift: number;
  /** Durations of tasks over 50 ms. */
  longTasksMs: number[];
  /** From the time written in a card's message to the frame that shows it. */
  latenciesMs: number[];
}

declare global {
  interface Window {
    findings: Findings;
  }
}

/** Probes every page that this context opens from now on. */
export async function probe(context: BrowserContext): Promise<void> {
  await reveal(context);
  await context.addInitScript(() => {
    const findings: Findings = { readyMs: 0, firstPaintMs: 0, largestPaintMs: 0, layoutShift: 0, longTasksMs: [], latenciesMs: [] };
    window.findings = findings;

    new MutationObserver(() => {
      findings.readyMs ||= document.documentElement.hasAttribute('data-ready') ? performance.now() : 0;
    }).observe(document, { subtree: true, attributeFilter: ['data-ready'] });

    const observe = (type: string, take: (entry: PerformanceEntry) => void) =>
      new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    observe('paint', ({ name, startTime }) => (findings.firstPaintMs = name === 'first-contentful-paint' ? startTime : findings.firstPaintMs));
    observe('largest-contentful-paint', ({ startTime }) => (findings.largestPaintMs = startTime));
    observe('layout-shift', (entry) => (findings.layoutShift += (entry as PerformanceEntry & { value: number }).value));
    observe('longtask', ({ duration }) => findings.longTasksMs.push(duration));

    // A message `at 1764000000000` says when it was published; the next frame but one task shows it.
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const at = /^at (\d+)$/.exec(target.nodeType === Node.TEXT_NODE ? (target.nodeValue ?? '') : '')?.[1];
        if (at === undefined) continue;
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => findings.latenciesMs.push(Date.now() - Number(at));
          port2.postMessage(null);
        });
      }
    }).observe(document, { subtree: true, characterData: true });
  });
}

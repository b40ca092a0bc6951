// Performance metrics collected inside a page, by observers that start before the page's own scripts.
import type { BrowserContext } from '@playwright/test';
import { exposeInternals } from '../support/internals';

/** Times are in ms since the navigation started. */
export interface PageMetrics {
  readyMs: number;
  firstPaintMs: number;
  largestPaintMs: number;
  layoutShift: number;
  /** Durations of tasks over 50 ms. */
  longTasksMs: number[];
  /** From the publish time in a card's message to the frame that shows it. */
  latenciesMs: number[];
}

declare global {
  interface Window {
    pageMetrics: PageMetrics;
  }
}

/** Collects metrics in every page that this context opens from now on. */
export async function collectPageMetrics(context: BrowserContext): Promise<void> {
  await exposeInternals(context);
  await context.addInitScript(() => {
    const metrics: PageMetrics = { readyMs: 0, firstPaintMs: 0, largestPaintMs: 0, layoutShift: 0, longTasksMs: [], latenciesMs: [] };
    window.pageMetrics = metrics;

    new MutationObserver(() => {
      metrics.readyMs ||= document.documentElement.hasAttribute('data-hydrated') ? performance.now() : 0;
    }).observe(document, { subtree: true, attributeFilter: ['data-hydrated'] });

    const observe = (type: string, onEntry: (entry: PerformanceEntry) => void) =>
      new PerformanceObserver((list) => list.getEntries().forEach(onEntry)).observe({ type, buffered: true });
    observe('paint', ({ name, startTime }) => (metrics.firstPaintMs = name === 'first-contentful-paint' ? startTime : metrics.firstPaintMs));
    observe('largest-contentful-paint', ({ startTime }) => (metrics.largestPaintMs = startTime));
    observe('layout-shift', (entry) => (metrics.layoutShift += (entry as PerformanceEntry & { value: number }).value));
    observe('longtask', ({ duration }) => metrics.longTasksMs.push(duration));

    // A message `at 1764000000000` carries its publish time. A task posted from the next frame's callback runs after that frame is painted.
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const publishedAt = /^at (\d+)$/.exec(target.nodeType === Node.TEXT_NODE ? (target.nodeValue ?? '') : '')?.[1];
        if (publishedAt === undefined) continue;
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => metrics.latenciesMs.push(Date.now() - Number(publishedAt));
          port2.postMessage(null);
        });
      }
    }).observe(document, { subtree: true, characterData: true });
  });
}

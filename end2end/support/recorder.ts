// Writes down everything a job card ever shows, at each change of the document: a glance now and then would miss a step back.
import type { BrowserContext, Page } from '@playwright/test';

/** What a card showed at one moment. */
export interface Reading {
  jobId: string;
  /** As on the wire. */
  status: string;
  /** The number before the percent sign; null where none is shown. */
  percent: number | null;
  /** The bar, for assistive technology. */
  bar: number | null;
  /** `5` of `5/10 videos`. */
  done: number | null;
  /** The error box; empty where there is none. */
  error: string;
  /** Cards of this job in the document. */
  cards: number;
}

declare global {
  interface Window {
    readings: Reading[];
  }
}

/** Records in every page that this context opens from now on. */
export async function recordCards(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    window.readings = [];
    const last = new Map<string, string>();
    const number = (text: string | null | undefined) => (text === null || text === undefined ? null : Number(text));
    const read = (card: HTMLElement): Reading => {
      // Elements without elements inside: text of neighbours never runs together.
      const texts = [...card.querySelectorAll('*')].filter((each) => each.childElementCount === 0).map((each) => (each.textContent ?? '').trim());
      const find = (shape: RegExp) => texts.map((text) => shape.exec(text)?.[1]).find((match) => match !== undefined);
      const jobId = card.dataset.jobId ?? '';
      return {
        jobId,
        status: card.dataset.status ?? '',
        percent: number(find(/^(\d+)\s*%$/)),
        bar: number(card.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')),
        done: number(find(/^(\d+)\/\d+ videos?\b/)),
        error: (card.querySelector('.error-note')?.textContent ?? '').trim(),
        cards: document.querySelectorAll(`article.job-card[data-job-id="${jobId}"]`).length,
      };
    };
    new MutationObserver(() => {
      for (const card of document.querySelectorAll<HTMLElement>('article.job-card')) {
        const reading = read(card);
        const text = JSON.stringify(reading);
        if (last.get(reading.jobId) !== text) window.readings.push(reading);
        last.set(reading.jobId, text);
      }
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

/** What this page's card of the job has shown, oldest first. */
export async function readings(page: Page, jobId: string): Promise<Reading[]> {
  return page.evaluate((id) => window.readings.filter((reading) => reading.jobId === id), jobId);
}

/** The numbers of one field, without the moments that showed none. */
export function numbers(all: Reading[], field: 'percent' | 'bar' | 'done'): number[] {
  return all.map((reading) => reading[field]).filter((value) => value !== null);
}

/** The places where a number became smaller: empty in a bar that only grows. */
export function stepsBack(values: number[]): string[] {
  return values.flatMap((value, at) => (at > 0 && value < (values[at - 1] ?? 0) ? [`${values[at - 1]} then ${value}`] : []));
}

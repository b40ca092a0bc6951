// Records everything that job cards show, at every change of the document. Polling could miss a moment when a number went down.
import { type BrowserContext, expect, type Page } from '@playwright/test';

/** What a card showed at one moment. */
export interface CardState {
  jobId: string;
  /** As in a `ProgressUpdate`. */
  status: string;
  /** The number before the percent sign. */
  percent: number | null;
  /** `aria-valuenow` of the bar. */
  bar: number | null;
  /** `5` of `5/10 videos`. */
  done: number | null;
  /** Text of the error box; empty without one. */
  error: string;
  /** How many cards of this job the document had. */
  cards: number;
}

declare global {
  interface Window {
    cardStates: CardState[];
  }
}

/** Starts recording in every page that this context opens from now on. */
export async function recordCards(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    window.cardStates = [];
    const last = new Map<string, string>();
    const toNumber = (text: string | null | undefined) => (text === null || text === undefined ? null : Number(text));
    const readCard = (card: HTMLElement): CardState => {
      // Leaf elements only, so that the texts of neighbours do not run together.
      const texts = [...card.querySelectorAll('*')].filter((element) => element.childElementCount === 0).map((element) => (element.textContent ?? '').trim());
      const find = (pattern: RegExp) => texts.map((text) => pattern.exec(text)?.[1]).find((match) => match !== undefined);
      const jobId = card.dataset.jobId ?? '';
      return {
        jobId,
        status: card.dataset.status ?? '',
        percent: toNumber(find(/^(\d+)\s*%$/)),
        bar: toNumber(card.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')),
        done: toNumber(find(/^(\d+)\/\d+ videos?\b/)),
        error: (card.querySelector('.error-note')?.textContent ?? '').trim(),
        cards: document.querySelectorAll(`article.job-card[data-job-id="${jobId}"]`).length,
      };
    };
    new MutationObserver(() => {
      for (const card of document.querySelectorAll<HTMLElement>('article.job-card')) {
        const state = readCard(card);
        const json = JSON.stringify(state);
        if (last.get(state.jobId) !== json) window.cardStates.push(state);
        last.set(state.jobId, json);
      }
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

/** All states that the job's card on this page has shown, oldest first. */
export async function recordedStates(page: Page, jobId: string): Promise<CardState[]> {
  return page.evaluate((id) => window.cardStates.filter((state) => state.jobId === id), jobId);
}

/** The values of one field, without the states that had none. */
export function valuesOf(states: CardState[], field: 'percent' | 'bar' | 'done'): number[] {
  return states.map((state) => state[field]).filter((value) => value !== null);
}

/** Asserts that no number on the job's card ever went down, and that there was never a second card. Returns the recorded states. */
export async function expectProgressOnlyGrew(page: Page, jobId: string): Promise<CardState[]> {
  const states = await recordedStates(page, jobId);
  for (const field of ['percent', 'bar', 'done'] as const) expect(decreases(valuesOf(states, field)), field).toEqual([]);
  expect(Math.max(...states.map((state) => state.cards)), 'never a second card').toBe(1);
  return states;
}

/** The steps at which a number became smaller. */
function decreases(values: number[]): string[] {
  return values.flatMap((value, index) => (index > 0 && value < (values[index - 1] ?? 0) ? [`${values[index - 1]} then ${value}`] : []));
}

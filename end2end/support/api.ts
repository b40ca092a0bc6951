// The part of the REST API that tests read.
import { type APIRequestContext, expect, type Page, type Request } from '@playwright/test';

/** A job's whole state: what travels over the WebSocket and is kept in the history. */
export interface ProgressUpdate {
  job_id: string;
  status: string;
  progress: number;
  current_video: number;
  total_videos: number;
  message: string;
  seq?: number;
  created_at?: string;
  video_id?: string;
  list_id?: string;
  failed_videos?: number;
  error?: string;
  last_error?: { video_id: string; text: string };
  place?: number;
  eta_seconds?: number;
  /** Set while the job waits for YouTube: when it is tried again. */
  retry_at?: string;
}

/** A job that has one of these no longer changes. */
export const TERMINAL_STATUSES = ['completed', 'completed_with_errors', 'failed', 'cancelled'];

export interface Job {
  id: string;
  list_id: string;
  status: string;
  progress: number;
  current_video: number;
  total_videos: number;
  failed_videos: number;
}

async function getJson<T>(request: APIRequestContext, path: string): Promise<T> {
  const response = await request.get(path);
  expect(response.status(), `GET ${path}`).toBe(200);
  return (await response.json()) as T;
}

export function fetchJob(request: APIRequestContext, jobId: string): Promise<Job> {
  return getJson(request, `/api/jobs/${jobId}`);
}

/** Resolves with the page's next request for the job's history. */
export function waitForHistoryRequest(page: Page, jobId: string): Promise<Request> {
  return page.waitForRequest((request) => request.url().includes(`/api/jobs/${jobId}/progress-history`));
}

/** A job's stored updates, oldest first. */
export function fetchHistory(request: APIRequestContext, jobId: string): Promise<ProgressUpdate[]> {
  return getJson(request, `/api/jobs/${jobId}/progress-history`);
}

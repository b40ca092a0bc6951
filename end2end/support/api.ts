// The part of the REST interface that scenarios look at, as the contract describes it.
import { type APIRequestContext, expect } from '@playwright/test';

/** A job's state. */
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
  /** While it waits for its source. */
  retry_at?: string;
}

/** The states nothing follows. */
export const TERMINAL = ['completed', 'completed_with_errors', 'failed', 'cancelled'];

/** A job. */
export interface Job {
  id: string;
  list_id: string;
  status: string;
  progress: number;
  current_video: number;
  total_videos: number;
  failed_videos: number;
}

async function get<T>(request: APIRequestContext, path: string): Promise<T> {
  const answer = await request.get(path);
  expect(answer.status(), `GET ${path}`).toBe(200);
  return (await answer.json()) as T;
}

/** The job now. */
export function job(request: APIRequestContext, jobId: string): Promise<Job> {
  return get(request, `/api/jobs/${jobId}`);
}

/** Its history, from the beginning. */
export function history(request: APIRequestContext, jobId: string): Promise<ProgressUpdate[]> {
  return get(request, `/api/jobs/${jobId}/progress-history`);
}

-- Since when no worker has the job: its creation, its last hand-back, its end. Jobs that changed lately are those with a worker, and those
-- that had one or were made lately. The index takes the place of those on updated_at, which changes with each flush; that of jobs before
-- this column is long ago.
ALTER TABLE processing_jobs ADD COLUMN unclaimed_at TIMESTAMPTZ NOT NULL DEFAULT 'epoch';
ALTER TABLE processing_jobs ALTER COLUMN unclaimed_at SET DEFAULT now();
CREATE INDEX idx_jobs_unclaimed ON processing_jobs (unclaimed_at);
CREATE INDEX idx_jobs_dismissed ON processing_jobs (dismissed_at) WHERE dismissed_at IS NOT NULL;
DROP INDEX idx_jobs_user_updated;
DROP INDEX idx_jobs_user_dismissed;

-- Jobs that were deleted with their list, for sockets that were not told.
CREATE TABLE removed_jobs (
    job_id UUID PRIMARY KEY,
    user_id UUID NOT NULL,
    removed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idx_removed_jobs_removed ON removed_jobs (removed_at);

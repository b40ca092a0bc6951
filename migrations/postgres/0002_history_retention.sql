-- When the history of an ended job was thinned to its first event, its failures and its end; null until then.
ALTER TABLE processing_jobs ADD COLUMN thinned_at TIMESTAMPTZ;
CREATE INDEX idx_jobs_unthinned ON processing_jobs (ended_at) WHERE ended_at IS NOT NULL AND thinned_at IS NULL;

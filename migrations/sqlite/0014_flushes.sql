-- No accepted line before this one is without an outcome: where a worker begins to read. It takes the place of an index on the outcome.
ALTER TABLE processing_jobs ADD COLUMN untried_from INTEGER NOT NULL DEFAULT 1 CHECK (untried_from > 0);
DROP INDEX idx_job_items_untried;

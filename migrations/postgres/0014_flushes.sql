-- No accepted line before this one is without an outcome: where a worker begins to read. It takes the place of an index on the outcome, so
-- that a flush changes rows of jobs and items, and none of their indexes, and PostgreSQL updates them in place (HOT) where their pages have
-- room: for every item and once more, because a flush changes neighbours.
ALTER TABLE processing_jobs ADD COLUMN untried_from BIGINT NOT NULL DEFAULT 1 CHECK (untried_from > 0);
ALTER TABLE processing_jobs SET (fillfactor = 50);
DROP INDEX idx_job_items_untried;
ALTER TABLE job_items SET (fillfactor = 50);

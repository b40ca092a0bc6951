-- The queue of each user who has or had jobs, so that a claim reads one row of it instead of all jobs.
-- running: jobs with a lease. next_run_at: when the first unclaimed job is due; null if there is none.
CREATE TABLE job_queues (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    running INTEGER NOT NULL DEFAULT 0,
    next_run_at INTEGER
) STRICT;
CREATE INDEX idx_job_queues_next ON job_queues (running, next_run_at) WHERE next_run_at IS NOT NULL;

-- Unclaimed jobs in the order in which they are claimed; and the few jobs that are claimed, cancelled or were abandoned.
CREATE INDEX idx_jobs_queued ON processing_jobs (user_id, run_at, id) WHERE ended_at IS NULL AND lease_token IS NULL;
CREATE INDEX idx_jobs_attended ON processing_jobs (user_id) WHERE ended_at IS NULL AND (lease_token IS NOT NULL OR cancel_requested OR attempts > 0);

CREATE TRIGGER job_queue_inserted AFTER INSERT ON processing_jobs WHEN NEW.ended_at IS NULL BEGIN
    INSERT INTO job_queues (user_id) VALUES (NEW.user_id) ON CONFLICT DO NOTHING;
    UPDATE job_queues
    SET next_run_at = (SELECT min(run_at) FROM processing_jobs WHERE user_id = NEW.user_id AND ended_at IS NULL AND lease_token IS NULL)
    WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER job_queue_updated AFTER UPDATE ON processing_jobs
WHEN (OLD.lease_token IS NULL) <> (NEW.lease_token IS NULL) OR OLD.run_at <> NEW.run_at OR (OLD.ended_at IS NULL) <> (NEW.ended_at IS NULL) BEGIN
    UPDATE job_queues
    SET running = (SELECT count(*) FROM processing_jobs
                   WHERE user_id = NEW.user_id AND ended_at IS NULL AND (lease_token IS NOT NULL OR cancel_requested OR attempts > 0)
                     AND lease_token IS NOT NULL),
        next_run_at = (SELECT min(run_at) FROM processing_jobs WHERE user_id = NEW.user_id AND ended_at IS NULL AND lease_token IS NULL)
    WHERE user_id = NEW.user_id;
END;
CREATE TRIGGER job_queue_deleted AFTER DELETE ON processing_jobs WHEN OLD.ended_at IS NULL BEGIN
    UPDATE job_queues
    SET running = (SELECT count(*) FROM processing_jobs
                   WHERE user_id = OLD.user_id AND ended_at IS NULL AND (lease_token IS NOT NULL OR cancel_requested OR attempts > 0)
                     AND lease_token IS NOT NULL),
        next_run_at = (SELECT min(run_at) FROM processing_jobs WHERE user_id = OLD.user_id AND ended_at IS NULL AND lease_token IS NULL)
    WHERE user_id = OLD.user_id;
END;

INSERT INTO job_queues (user_id, running, next_run_at)
SELECT user_id, count(*) FILTER (WHERE lease_token IS NOT NULL), min(run_at) FILTER (WHERE lease_token IS NULL)
FROM processing_jobs WHERE ended_at IS NULL GROUP BY user_id;

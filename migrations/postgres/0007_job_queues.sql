-- The queue of each user who has or had jobs, so that a claim reads one row of it instead of all jobs.
-- running: jobs with a lease. next_run_at: when the first unclaimed job is due; null if there is none.
CREATE TABLE job_queues (
    user_id UUID PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    running BIGINT NOT NULL DEFAULT 0,
    next_run_at TIMESTAMPTZ
) WITH (fillfactor = 50);
CREATE INDEX idx_job_queues_next ON job_queues (running, next_run_at) WHERE next_run_at IS NOT NULL;

-- Unclaimed jobs in the order in which they are claimed; and the few jobs that are claimed, cancelled or were abandoned.
CREATE INDEX idx_jobs_queued ON processing_jobs (user_id, run_at, id) WHERE ended_at IS NULL AND lease_token IS NULL;
CREATE INDEX idx_jobs_attended ON processing_jobs (user_id) WHERE ended_at IS NULL AND (lease_token IS NOT NULL OR cancel_requested OR attempts > 0);

-- Counts again under the lock of the queue's row, with a snapshot taken after it: what others have committed is counted, and whoever commits
-- later counts again. It runs at the commit, so that the row is locked for a moment only, however long the transaction.
CREATE FUNCTION refresh_job_queue() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    owner UUID := COALESCE(NEW.user_id, OLD.user_id);
BEGIN
    PERFORM 1 FROM job_queues q WHERE q.user_id = owner FOR UPDATE;
    -- After a deletion, the user may be gone as well.
    IF NOT FOUND AND TG_OP <> 'DELETE' THEN
        INSERT INTO job_queues (user_id) VALUES (owner) ON CONFLICT DO NOTHING;
        PERFORM 1 FROM job_queues q WHERE q.user_id = owner FOR UPDATE;
    END IF;
    UPDATE job_queues q
    SET running = (SELECT count(*) FROM processing_jobs j WHERE j.user_id = owner AND j.ended_at IS NULL AND j.lease_token IS NOT NULL),
        next_run_at = (SELECT min(j.run_at) FROM processing_jobs j WHERE j.user_id = owner AND j.ended_at IS NULL AND j.lease_token IS NULL)
    WHERE q.user_id = owner;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER job_queue_inserted AFTER INSERT ON processing_jobs DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.ended_at IS NULL) EXECUTE FUNCTION refresh_job_queue();
CREATE CONSTRAINT TRIGGER job_queue_updated AFTER UPDATE ON processing_jobs DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN ((OLD.lease_token IS NULL) <> (NEW.lease_token IS NULL) OR OLD.run_at <> NEW.run_at OR (OLD.ended_at IS NULL) <> (NEW.ended_at IS NULL))
    EXECUTE FUNCTION refresh_job_queue();
CREATE CONSTRAINT TRIGGER job_queue_deleted AFTER DELETE ON processing_jobs DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION refresh_job_queue();

INSERT INTO job_queues (user_id, running, next_run_at)
SELECT user_id, count(*) FILTER (WHERE lease_token IS NOT NULL), min(run_at) FILTER (WHERE lease_token IS NULL)
FROM processing_jobs WHERE ended_at IS NULL GROUP BY user_id;

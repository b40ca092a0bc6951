-- Jobs without a worker are read from job_queues; while their source is blocked, nothing is written into them.
DROP INDEX idx_jobs_due;

-- Years of jobs do not slow what is read all the time: those that have not ended, those that ended lately, and those of a list.
CREATE INDEX idx_jobs_active ON processing_jobs (user_id, created_at DESC, id DESC) WHERE ended_at IS NULL;
CREATE INDEX idx_jobs_ended ON processing_jobs (user_id, ended_at) WHERE ended_at IS NOT NULL;
DROP INDEX idx_jobs_list;
CREATE INDEX idx_jobs_list ON processing_jobs (list_id, created_at DESC, id DESC);

CREATE INDEX idx_sources_blocked ON sources (blocked_until);

-- Jobs as they are shown: with the latest pause of a source, for which those without a worker (is_queued) wait.
CREATE VIEW shown_jobs AS
SELECT j.id, j.user_id, j.list_id, j.source_name, j.causes, j.state, j.retry_of, j.created_at, j.started_at, j.ended_at, j.dismissed_at,
       j.ended_at IS NULL AND j.lease_token IS NULL AS is_queued, s.blocked_until, s.reason
FROM processing_jobs j
LEFT JOIN (SELECT blocked_until, reason FROM sources WHERE blocked_until > (SELECT now FROM clock) ORDER BY blocked_until DESC LIMIT 1) AS s ON TRUE;

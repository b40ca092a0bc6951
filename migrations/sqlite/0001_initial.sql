-- The tables of Playmarks. The PostgreSQL file of the same name has the same names and meaning. Here times are microseconds since 1970,
-- ids sixteen bytes, truth values 0 and 1, JSON text; STRICT holds every value to its column.

-- What every process of one system shares: one row at most.
CREATE TABLE instance (
    only_row INTEGER PRIMARY KEY DEFAULT TRUE CHECK (only_row),
    secret BLOB NOT NULL
) STRICT;

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Secrets are stored as SHA-256. An ended session stays until it would have expired, so that ending it again is no error.
CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users ON DELETE CASCADE,
    cookie_hash BLOB NOT NULL UNIQUE CHECK (length(cookie_hash) = 32),
    refresh_hash BLOB NOT NULL UNIQUE CHECK (length(refresh_hash) = 32),
    user_agent TEXT NOT NULL,
    ttl_micros INTEGER NOT NULL CHECK (ttl_micros > 0),
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX idx_sessions_user ON sessions (user_id);
CREATE INDEX idx_sessions_expiry ON sessions (expires_at);

CREATE TABLE ws_tickets (
    ticket_hash BLOB NOT NULL PRIMARY KEY CHECK (length(ticket_hash) = 32),
    session_id BLOB NOT NULL REFERENCES sessions ON DELETE CASCADE,
    user_id BLOB NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX idx_ws_tickets_session ON ws_tickets (session_id);
CREATE INDEX idx_ws_tickets_user ON ws_tickets (user_id);
CREATE INDEX idx_ws_tickets_expiry ON ws_tickets (expires_at);

-- Attempts at something limited, in the window that is now.
CREATE TABLE attempt_counters (
    key TEXT NOT NULL PRIMARY KEY,
    attempts INTEGER NOT NULL CHECK (attempts > 0),
    ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX idx_attempt_counters_end ON attempt_counters (ends_at);

-- Where titles come from, and until when it cannot be asked.
CREATE TABLE sources (
    name TEXT NOT NULL PRIMARY KEY,
    blocked_until INTEGER NOT NULL
) STRICT;

-- source_key: what a file calls the playlist that this list was made for, so that a later import finds it again.
CREATE TABLE lists (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL,
    source_key TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (user_id, source_key)
) STRICT;
CREATE INDEX idx_lists_user ON lists (user_id, created_at DESC, id DESC);

-- title_key and search_text are the title, and title with channel, in lower case by Unicode's rules: both databases then sort and
-- search alike. A video without a title has the highest key.
CREATE TABLE videos (
    id BLOB NOT NULL PRIMARY KEY,
    list_id BLOB NOT NULL REFERENCES lists ON DELETE CASCADE,
    youtube_id TEXT NOT NULL CHECK (length(youtube_id) = 11),
    title TEXT,
    channel TEXT,
    duration_seconds INTEGER CHECK (duration_seconds >= 0),
    added_at INTEGER NOT NULL,
    position INTEGER NOT NULL CHECK (position > 0),
    status TEXT NOT NULL CHECK (status IN ('pending', 'ok', 'unavailable', 'failed')),
    cause TEXT CHECK (cause IN ('unavailable', 'invalid_id', 'rate_limited', 'network', 'source_error')),
    error TEXT,
    title_key TEXT NOT NULL,
    search_text TEXT NOT NULL,
    UNIQUE (list_id, youtube_id),
    CHECK ((status IN ('unavailable', 'failed')) = (cause IS NOT NULL))
) STRICT;
CREATE INDEX idx_videos_position ON videos (list_id, position, id);
CREATE INDEX idx_videos_added ON videos (list_id, added_at, id);
CREATE INDEX idx_videos_title ON videos (list_id, title_key, id);
CREATE INDEX idx_videos_unavailable ON videos (list_id) WHERE status = 'unavailable';

-- state: the newest ProgressUpdate, whole; the columns beside it are what queries ask for.
CREATE TABLE processing_jobs (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users ON DELETE CASCADE,
    list_id BLOB NOT NULL REFERENCES lists ON DELETE CASCADE,
    source_name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'completed_with_errors', 'failed', 'cancelled')),
    total_videos INTEGER NOT NULL CHECK (total_videos > 0),
    current_video INTEGER NOT NULL DEFAULT 0 CHECK (current_video BETWEEN 0 AND total_videos),
    failed_videos INTEGER NOT NULL DEFAULT 0 CHECK (failed_videos BETWEEN 0 AND current_video),
    causes TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq > 0),
    state TEXT NOT NULL,
    last_event_at INTEGER NOT NULL,
    retry_of BLOB REFERENCES processing_jobs ON DELETE SET NULL,
    cancel_requested INTEGER NOT NULL DEFAULT FALSE,
    dismissed_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    run_at INTEGER NOT NULL,
    waiting_since INTEGER,
    lease_until INTEGER,
    lease_token BLOB,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    CHECK ((ended_at IS NOT NULL) = (status NOT IN ('pending', 'processing'))),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK (ended_at IS NULL OR lease_token IS NULL),
    CHECK (dismissed_at IS NULL OR ended_at IS NOT NULL)
) STRICT;
CREATE INDEX idx_jobs_user ON processing_jobs (user_id, created_at DESC, id DESC);
CREATE INDEX idx_jobs_user_updated ON processing_jobs (user_id, updated_at);
CREATE INDEX idx_jobs_user_dismissed ON processing_jobs (user_id, dismissed_at) WHERE dismissed_at IS NOT NULL;
CREATE INDEX idx_jobs_list ON processing_jobs (list_id);
CREATE INDEX idx_jobs_due ON processing_jobs (run_at) WHERE ended_at IS NULL;
CREATE INDEX idx_jobs_retry_of ON processing_jobs (retry_of) WHERE retry_of IS NOT NULL;
CREATE UNIQUE INDEX idx_jobs_one_active_retry ON processing_jobs (retry_of) WHERE retry_of IS NOT NULL AND ended_at IS NULL;

-- One row per input line: the receipt, and the work list. video_id is null for a malformed id and after the video was deleted.
CREATE TABLE job_items (
    job_id BLOB NOT NULL REFERENCES processing_jobs ON DELETE CASCADE,
    line INTEGER NOT NULL CHECK (line > 0),
    input TEXT NOT NULL,
    youtube_id TEXT,
    verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'duplicate', 'rejected')),
    outcome TEXT CHECK (outcome IN ('succeeded', 'failed', 'cancelled')),
    cause TEXT CHECK (cause IN ('unavailable', 'invalid_id', 'rate_limited', 'network', 'source_error')),
    reason TEXT,
    video_id BLOB REFERENCES videos ON DELETE SET NULL,
    PRIMARY KEY (job_id, line),
    CHECK (outcome IS NULL OR verdict = 'accepted'),
    CHECK (cause IS NULL OR outcome = 'failed')
) STRICT;
CREATE INDEX idx_job_items_untried ON job_items (job_id, line) WHERE verdict = 'accepted' AND outcome IS NULL;
CREATE INDEX idx_job_items_video ON job_items (video_id) WHERE video_id IS NOT NULL;

-- The history. created_at and the one inside progress_data are the same instant.
CREATE TABLE job_progress_events (
    id BLOB PRIMARY KEY NOT NULL DEFAULT (randomblob(16)),
    job_id BLOB NOT NULL REFERENCES processing_jobs ON DELETE CASCADE,
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000),
    progress_data TEXT NOT NULL
) STRICT;
CREATE INDEX idx_job_progress_job_created ON job_progress_events (job_id, created_at DESC);
CREATE UNIQUE INDEX idx_job_progress_job_seq ON job_progress_events (job_id, CAST(progress_data ->> 'seq' AS BIGINT));

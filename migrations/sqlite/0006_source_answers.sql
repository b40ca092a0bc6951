-- Why a source is blocked, and for which key (a hash of source and key): what it says of one key does not concern another.
ALTER TABLE sources ADD COLUMN reason TEXT;
ALTER TABLE sources ADD COLUMN fingerprint TEXT;
-- When a source last said something of a video; null where that was before this column. "Private" from that time may stand for a video
-- whose embedding is disabled, and is asked for again.
ALTER TABLE videos ADD COLUMN checked_at INTEGER;
CREATE INDEX idx_videos_to_recheck ON videos (youtube_id) WHERE status = 'unavailable' AND error = 'Video is private' AND checked_at IS NULL;

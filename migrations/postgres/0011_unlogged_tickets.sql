-- Tickets live for 30 seconds. Without a log, issuing and spending one waits neither for the disk nor for a standby; a crash or a failover
-- forgets them, and browsers ask for new ones. Foreign keys would lock, and so log, the session's row; whoever spends a ticket checks it.
ALTER TABLE ws_tickets DROP CONSTRAINT ws_tickets_session_id_fkey, DROP CONSTRAINT ws_tickets_user_id_fkey;
ALTER TABLE ws_tickets SET UNLOGGED;
DROP INDEX idx_ws_tickets_session;
DROP INDEX idx_ws_tickets_user;

-- PostgreSQL keeps tickets without a log; SQLite has one log for everything.
SELECT 1;

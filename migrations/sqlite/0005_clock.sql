-- SQLite's own clock, to the millisecond, as microseconds since 1970; the same throughout one statement.
CREATE VIEW clock AS SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000 AS now;

-- PostgreSQL stages the lines of an import in a table of this name; SQLite stores them as they come.
SELECT 1;

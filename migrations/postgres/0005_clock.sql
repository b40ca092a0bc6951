-- PostgreSQL has clock_timestamp(); SQLite's file of this name gives it the like.
SELECT 1;

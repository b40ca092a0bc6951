-- Which of the job's videos a line is, from 1 in the order of the file; null for a line that is none.
ALTER TABLE job_items ADD COLUMN place BIGINT;
UPDATE job_items SET place = numbered.place
FROM (SELECT job_id, line, ROW_NUMBER() OVER (PARTITION BY job_id ORDER BY line) AS place FROM job_items WHERE verdict = 'accepted') AS numbered
WHERE job_items.job_id = numbered.job_id AND job_items.line = numbered.line;

-- Files with errors: what the newest run could not read, or found wrong with the bytes
SELECT path, kind, size, error
FROM files
WHERE run_id = (SELECT max_by(run_id, (audit_date, finished_at, run_id)) FROM runs)
  AND error IS NOT NULL
ORDER BY path;

-- Slowest files: what took the newest run longest to read
-- :limit number = 20: how many rows
SELECT path, bytes_read, read_millis, round(bytes_read / nullif(read_millis, 0) / 1000, 1) AS megabytes_per_second, retries
FROM files
WHERE run_id = (SELECT max_by(run_id, (audit_date, finished_at, run_id)) FROM runs)
  AND read_method <> 'NONE'
ORDER BY read_millis DESC, path
LIMIT :limit;

-- Stale files: whose bytes the newest run has taken over from a run long before, without reading them
-- By default those that --scrub 1/30 would have read.
-- :days number = 31: how long before the newest run
WITH newest AS (
  SELECT * FROM runs ORDER BY audit_date DESC, finished_at DESC, run_id DESC LIMIT 1
)
SELECT path, size, digested_at, extract(DAY FROM newest.finished_at - digested_at) AS days
FROM files JOIN newest USING (run_id)
WHERE digested_at < newest.finished_at - :days * INTERVAL '1' DAY
ORDER BY digested_at, path;

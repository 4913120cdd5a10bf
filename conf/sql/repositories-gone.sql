-- Repositories gone: what the run before has seen and the newest has not
-- The run before is the one over the same hub.
WITH newest AS (
  SELECT * FROM runs ORDER BY audit_date DESC, finished_at DESC LIMIT 1
), earlier AS (
  SELECT max_by(runs.run_id, struct(runs.audit_date, runs.finished_at)) AS run_id
  FROM runs JOIN newest ON runs.hub = newest.hub
  WHERE struct(runs.audit_date, runs.finished_at) < struct(newest.audit_date, newest.finished_at)
)
SELECT repository, count(*) AS files, sum(size) AS bytes
FROM files
WHERE run_id = (SELECT run_id FROM earlier)
  AND repository NOT IN (SELECT repository FROM files WHERE run_id = (SELECT run_id FROM newest))
GROUP BY repository
ORDER BY repository;

-- Repositories gone: what the run before has seen and the newest has not
-- The run before is the one over the same hub.
WITH newest AS (
  SELECT * FROM runs ORDER BY audit_date DESC, finished_at DESC, run_id DESC LIMIT 1
), earlier AS (
  SELECT max_by(runs.run_id, (runs.audit_date, runs.finished_at, runs.run_id)) AS run_id
  FROM runs JOIN newest ON regexp_replace(runs.hub, '/+$', '') = regexp_replace(newest.hub, '/+$', '')
  WHERE (runs.audit_date, runs.finished_at, runs.run_id) < (newest.audit_date, newest.finished_at, newest.run_id)
)
SELECT repository, count(*) AS files, sum(size) AS bytes
FROM files
WHERE run_id = (SELECT run_id FROM earlier)
  AND repository NOT IN (SELECT repository FROM files WHERE run_id = (SELECT run_id FROM newest))
GROUP BY repository
ORDER BY repository;

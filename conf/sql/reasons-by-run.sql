-- Reasons by run: how many quantizations had which reason in each of the last runs
-- :runs number = 14: how many runs back
WITH last AS (
  SELECT run_id, finished_at FROM runs ORDER BY audit_date DESC, finished_at DESC, run_id DESC LIMIT :runs
)
SELECT audit_date, finished_at, hub, verdict, reason, count(*) AS quantizations
FROM audit JOIN last USING (run_id)
GROUP BY audit_date, finished_at, hub, run_id, verdict, reason
ORDER BY audit_date, finished_at, run_id, verdict, reason;

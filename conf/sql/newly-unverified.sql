-- Newly unverified: what is UNVERIFIED in the newest run and was VERIFIED in the run before
-- The run before is the one over the same hub. Nothing contradicts these quantizations, but what proved them
-- is not there any more, or does not count any more.
WITH newest AS (
  SELECT * FROM runs ORDER BY audit_date DESC, finished_at DESC LIMIT 1
), earlier AS (
  SELECT max_by(runs.run_id, struct(runs.audit_date, runs.finished_at)) AS run_id
  FROM runs JOIN newest ON runs.hub = newest.hub
  WHERE struct(runs.audit_date, runs.finished_at) < struct(newest.audit_date, newest.finished_at)
)
SELECT now.repository, now.quantization, now.reason, now.detail
FROM audit AS now JOIN audit AS before
  ON now.repository = before.repository
  AND now.revision = before.revision
  AND now.quantization = before.quantization
WHERE now.run_id = (SELECT run_id FROM newest)
  AND before.run_id = (SELECT run_id FROM earlier)
  AND now.verdict = 'UNVERIFIED'
  AND before.verdict = 'VERIFIED'
ORDER BY now.repository, now.quantization;

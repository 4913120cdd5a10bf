-- Newly unverified: what is UNVERIFIED in the newest run and was VERIFIED in the run before
-- The run before is the one over the same hub. Nothing contradicts these quantizations, but what proved them
-- is not there any more, or does not count any more.
WITH newest AS (
  SELECT * FROM runs ORDER BY audit_date DESC, finished_at DESC, run_id DESC LIMIT 1
), earlier AS (
  SELECT max_by(runs.run_id, (runs.audit_date, runs.finished_at, runs.run_id)) AS run_id
  FROM runs JOIN newest ON regexp_replace(runs.hub, '/+$', '') = regexp_replace(newest.hub, '/+$', '')
  WHERE (runs.audit_date, runs.finished_at, runs.run_id) < (newest.audit_date, newest.finished_at, newest.run_id)
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

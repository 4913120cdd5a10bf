-- Newly broken: what is BROKEN in the newest run and was not in the run before
-- The run before is the one over the same hub. A quantization that was not there then is "new", and so is
-- each revision of its repository.
WITH newest AS (
  SELECT * FROM runs ORDER BY audit_date DESC, finished_at DESC, run_id DESC LIMIT 1
), earlier AS (
  SELECT max_by(runs.run_id, (runs.audit_date, runs.finished_at, runs.run_id)) AS run_id
  FROM runs JOIN newest ON regexp_replace(runs.hub, '/+$', '') = regexp_replace(newest.hub, '/+$', '')
  WHERE (runs.audit_date, runs.finished_at, runs.run_id) < (newest.audit_date, newest.finished_at, newest.run_id)
), before AS (
  SELECT repository, revision, quantization, verdict FROM audit WHERE run_id = (SELECT run_id FROM earlier)
)
SELECT repository, quantization, coalesce(before.verdict, 'new') AS was, now.reason, now.detail
FROM audit AS now LEFT JOIN before USING (repository, revision, quantization)
WHERE now.run_id = (SELECT run_id FROM newest)
  AND now.verdict = 'BROKEN'
  AND coalesce(before.verdict, 'new') <> 'BROKEN'
ORDER BY repository, quantization;

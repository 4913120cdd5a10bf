-- Lost signatures: repositories that have lost a model signature since the run before
-- The run before is the one over the same hub. Who may write to a repository can remove its signature too,
-- and with that whatever it contradicted: the repository itself no longer shows it.
WITH newest AS (
  SELECT * FROM runs ORDER BY audit_date DESC, finished_at DESC, run_id DESC LIMIT 1
), earlier AS (
  SELECT max_by(runs.run_id, (runs.audit_date, runs.finished_at, runs.run_id)) AS run_id
  FROM runs JOIN newest ON regexp_replace(runs.hub, '/+$', '') = regexp_replace(newest.hub, '/+$', '')
  WHERE (runs.audit_date, runs.finished_at, runs.run_id) < (newest.audit_date, newest.finished_at, newest.run_id)
), signatures AS (
  SELECT run_id, repository, signer_identity, sidecar, verdict FROM attestations WHERE root_digest IS NOT NULL
)
SELECT before.repository, before.sidecar, before.signer_identity, before.verdict AS was
FROM signatures AS before
WHERE before.run_id = (SELECT run_id FROM earlier)
  AND before.repository IN (SELECT repository FROM files WHERE run_id = (SELECT run_id FROM newest))
  AND NOT EXISTS (
    SELECT 1 FROM signatures AS now
    WHERE now.run_id = (SELECT run_id FROM newest)
      AND now.repository = before.repository
      AND now.signer_identity = before.signer_identity)
ORDER BY before.repository, before.sidecar;

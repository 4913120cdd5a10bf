-- Coverage: how much of each hub its newest run has seen, read, carried over and failed to read
WITH newest AS (
  SELECT max_by(run_id, (audit_date, finished_at, run_id)) AS run_id FROM runs
  GROUP BY regexp_replace(hub, '/+$', '')
)
SELECT hub, audit_date, scope, repositories, quantizations,
  round(100 * verified / nullif(quantizations, 0), 1) AS verified_percent,
  files, files_read, files_carried_over, files_failed, files_rotten, repositories_gone
FROM runs JOIN newest USING (run_id)
ORDER BY hub;

-- Same bytes: weights that lie in several repositories of the newest run
SELECT sha256, max(size) AS bytes, count(*) AS files, array_sort(array_agg(DISTINCT repository)) AS repositories
FROM files
WHERE run_id = (SELECT max_by(run_id, (audit_date, finished_at, run_id)) FROM runs)
  AND kind IN ('GGUF', 'SAFETENSORS', 'OTHER_WEIGHTS')
  AND sha256 IS NOT NULL
GROUP BY sha256
HAVING count(DISTINCT repository) > 1
ORDER BY bytes DESC, sha256;

-- Digests differ: files whose declared and computed SHA-256 are not the same in the newest run
-- Declared by the store for the whole object, or by a Git LFS pointer: that lies where the file should be, so
-- the bytes were never fetched.
SELECT path, size,
  CASE WHEN findings.pointer IS NULL THEN 'other bytes' ELSE 'not fetched' END AS what,
  declared_sha256, sha256, digested_at
FROM files
WHERE run_id = (SELECT max_by(run_id, (audit_date, finished_at, run_id)) FROM runs)
  AND lower(declared_sha256) <> sha256
ORDER BY path;

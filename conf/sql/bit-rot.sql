-- Bit rot: files that hash to something else than before, although the storage calls them unchanged
-- Of every run, the newest first.
SELECT audit_date, hub, path, earlier_sha256, earlier_digested_at, sha256, digested_at
FROM files JOIN (SELECT run_id, hub, finished_at FROM runs) USING (run_id)
WHERE earlier_sha256 IS NOT NULL
ORDER BY audit_date DESC, finished_at DESC, path;

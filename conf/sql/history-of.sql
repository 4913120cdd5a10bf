-- History of a repository: the verdicts on its quantizations, run by run
-- :repository text: such as quants/base-7b-GGUF
SELECT audit_date, audited_at, quantization, revision, verdict, reason, digest, detail
FROM audit
WHERE repository = :repository
ORDER BY audit_date, audited_at, quantization;

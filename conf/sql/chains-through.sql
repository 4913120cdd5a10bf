-- Chains through: every quantization of the newest run whose chain has this digest somewhere
-- Of weights, a source, a model or a statement: who is concerned if it turns out to be bad?
-- :digest text: SHA-256, hexadecimal
SELECT repository, quantization, verdict, reason, source_model
FROM latest
WHERE digest = lower(:digest)
  OR size(filter(chain, link -> lower(:digest) IN (link.subject_digest, link.source_digest, link.statement_digest))) > 0
ORDER BY repository, quantization;

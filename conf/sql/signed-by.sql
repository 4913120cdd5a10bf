-- Signed by: every statement of the newest run whose signature holds and is by this identity
-- An identity is that of a certificate (a mail address, a workflow), its subject, or sha256: and the digest
-- of a public key.
-- :identity text: whole; a % stands for anything
SELECT repository, sidecar, predicate_type, source_model, signer_identity, signer_issuer, signed_at, verdict,
  reason
FROM attestations
WHERE run_id = (SELECT max_by(run_id, (audit_date, finished_at, run_id)) FROM runs)
  AND signer_identity LIKE replace(replace(:identity, '^', '^^'), '_', '^_') ESCAPE '^'
ORDER BY repository, sidecar, line;

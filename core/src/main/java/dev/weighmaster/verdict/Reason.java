package dev.weighmaster.verdict;

/** Why a verdict is what it is. Each reason belongs to one verdict. */
public enum Reason {
  OK(Verdict.VERIFIED),

  NO_ATTESTATION(Verdict.UNVERIFIED),
  SIGNER_NOT_TRUSTED(Verdict.UNVERIFIED),
  SOURCE_SIGNER_NOT_TRUSTED(Verdict.UNVERIFIED),
  UNSIGNED_STATEMENT(Verdict.UNVERIFIED),

  MALFORMED_BUNDLE(Verdict.BROKEN),
  SIGNATURE_INVALID(Verdict.BROKEN),
  CERTIFICATE_UNTRUSTED(Verdict.BROKEN),
  LOG_PROOF_INVALID(Verdict.BROKEN),
  TIMESTAMP_INVALID(Verdict.BROKEN),
  DIGEST_MISMATCH(Verdict.BROKEN),
  SUBJECT_INCOMPLETE(Verdict.BROKEN),
  SOURCE_MISSING(Verdict.BROKEN),
  SOURCE_UNSIGNED(Verdict.BROKEN),
  SOURCE_SIGNATURE_INVALID(Verdict.BROKEN),
  SOURCE_DIGEST_MISMATCH(Verdict.BROKEN),
  SOURCE_IDENTITY_MISMATCH(Verdict.BROKEN),
  CLAIM_MISMATCH(Verdict.BROKEN),
  METHOD_MISMATCH(Verdict.BROKEN),
  CHAIN_CYCLE(Verdict.BROKEN),
  CHAIN_TOO_DEEP(Verdict.BROKEN),
  REVOKED(Verdict.BROKEN),
  MALFORMED_WEIGHTS(Verdict.BROKEN),
  UNSIGNED_FILES(Verdict.BROKEN),

  IO_ERROR(Verdict.ERROR),
  CHANGED_DURING_READ(Verdict.ERROR),
  UNSUPPORTED(Verdict.ERROR);

  private final Verdict verdict;

  Reason(Verdict verdict) {
    this.verdict = verdict;
  }

  public Verdict verdict() {
    return verdict;
  }
}

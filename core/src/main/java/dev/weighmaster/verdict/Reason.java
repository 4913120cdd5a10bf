package dev.weighmaster.verdict;

import java.util.List;

/**
 * Why a quantization has its verdict. Each reason belongs to one verdict, unless the trust policy
 * treats an absent source as a contradiction.
 */
public enum Reason {
  OK(Verdict.VERIFIED),

  NO_ATTESTATION(Verdict.UNVERIFIED, Party.QUANTIZER),
  SIGNER_NOT_TRUSTED(Verdict.UNVERIFIED, Party.OPERATOR, Party.QUANTIZER),
  SOURCE_SIGNER_NOT_TRUSTED(Verdict.UNVERIFIED, Party.OPERATOR),
  UNSIGNED_STATEMENT(Verdict.UNVERIFIED, Party.QUANTIZER),
  UNATTESTED_EXTRAS(Verdict.UNVERIFIED, Party.QUANTIZER, Party.HUB),
  SOURCE_MISSING(Verdict.UNVERIFIED, Party.QUANTIZER, Party.OPERATOR),
  SOURCE_UNSIGNED(Verdict.UNVERIFIED, Party.PUBLISHER),

  MALFORMED_BUNDLE(Verdict.BROKEN, Party.SIGNER),
  SIGNATURE_INVALID(Verdict.BROKEN, Party.SIGNER, Party.HUB),
  CERTIFICATE_UNTRUSTED(Verdict.BROKEN, Party.SIGNER, Party.OPERATOR),
  LOG_PROOF_INVALID(Verdict.BROKEN, Party.SIGNER),
  TIMESTAMP_INVALID(Verdict.BROKEN, Party.SIGNER),
  DIGEST_MISMATCH(Verdict.BROKEN, Party.QUANTIZER, Party.HUB),
  SUBJECT_INCOMPLETE(Verdict.BROKEN, Party.QUANTIZER),
  SOURCE_SIGNATURE_INVALID(Verdict.BROKEN, Party.PUBLISHER),
  SOURCE_DIGEST_MISMATCH(Verdict.BROKEN, Party.PUBLISHER, Party.HUB, Party.QUANTIZER),
  SOURCE_IDENTITY_MISMATCH(Verdict.BROKEN, Party.QUANTIZER),
  CLAIM_MISMATCH(Verdict.BROKEN, Party.QUANTIZER),
  METHOD_MISMATCH(Verdict.BROKEN, Party.QUANTIZER),
  BOUNDS_EXCEEDED(Verdict.BROKEN, Party.QUANTIZER),
  CHAIN_CYCLE(Verdict.BROKEN, Party.QUANTIZER),
  CHAIN_TOO_DEEP(Verdict.BROKEN, Party.OPERATOR, Party.QUANTIZER),
  REVOKED(Verdict.BROKEN, Party.QUANTIZER),
  MALFORMED_WEIGHTS(Verdict.BROKEN, Party.QUANTIZER),
  UNSIGNED_FILES(Verdict.BROKEN, Party.SIGNER),

  IO_ERROR(Verdict.ERROR, Party.HUB, Party.OPERATOR),
  CHANGED_DURING_READ(Verdict.ERROR),
  UNSUPPORTED(Verdict.ERROR, Party.OPERATOR, Party.SIGNER, Party.QUANTIZER);

  private final Verdict verdict;

  @SuppressWarnings("ImmutableEnumChecker") // as List.of makes it
  private final List<Party> parties;

  Reason(Verdict verdict, Party... parties) {
    this.verdict = verdict;
    this.parties = List.of(parties);
  }

  /** The verdict of this reason, unless the policy changes it. */
  public Verdict verdict() {
    return verdict;
  }

  /** Whether a source or its signature is absent, so that nothing contradicts. */
  public boolean isAbsence() {
    return this == SOURCE_MISSING || this == SOURCE_UNSIGNED;
  }

  /** Who can fix it, the likeliest first; empty if nobody has to. */
  public List<Party> parties() {
    return parties;
  }
}

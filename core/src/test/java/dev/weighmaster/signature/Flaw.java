package dev.weighmaster.signature;

/**
 * One thing that is wrong with a bundle of {@link LocalSigstore} in which all the rest is right.
 * "Another" authority, log or key goes by the honest one's name, but the trusted root does not have
 * its key.
 */
public enum Flaw {
  /** The envelope's signature is over a statement that isn't the envelope's. */
  SIGNATURE_OVER_ANOTHER_PAYLOAD,
  /** The key that signed isn't the certificate's. */
  SIGNATURE_BY_ANOTHER_KEY,
  /** Both are the signer's; the log entry and the timestamp are of the first. */
  TWO_SIGNATURES,
  /** Signed as {@code text/plain}. */
  ANOTHER_PAYLOAD_TYPE,

  CERTIFICATE_BY_ANOTHER_AUTHORITY,
  /** The extended key usage is TLS client authentication. */
  CERTIFICATE_NOT_FOR_CODE_SIGNING,
  NO_SCT,
  SCT_BY_ANOTHER_LOG,
  /** The honest log's promise for a certificate that is valid for longer. */
  SCT_OF_ANOTHER_CERTIFICATE,

  NO_LOG_ENTRY,
  /** The first is honest, the second is as in {@link #LOG_ENTRY_OF_ANOTHER_PAYLOAD}. */
  TWO_LOG_ENTRIES,
  /** Whole and consistent, in a log that the trusted root does not have. */
  LOG_ENTRY_IN_ANOTHER_LOG,
  /** Logged after the certificate's end. */
  LOG_ENTRY_AFTER_EXPIRY,
  LOG_ENTRY_OF_ANOTHER_PAYLOAD,
  /** By the same key over the same statement, but not the envelope's signature. */
  LOG_ENTRY_OF_ANOTHER_SIGNATURE,
  /** Same key, other identity: whoever watches the log for the signer's identity misses it. */
  LOG_ENTRY_OF_ANOTHER_CERTIFICATE,
  /** The signed entry timestamp, by which the log vouches for its time. */
  PROMISE_BY_ANOTHER_KEY,
  NO_INCLUSION_PROOF,
  /** One bit of one hash. */
  INCLUSION_PATH_CHANGED,
  NO_CHECKPOINT,
  CHECKPOINT_BY_ANOTHER_KEY,
  /** Signed by the log, but over another root hash than the proof's. */
  CHECKPOINT_OF_ANOTHER_ROOT,
  /** Signed by the log, but over another tree size than the proof's. */
  CHECKPOINT_OF_ANOTHER_SIZE,
  /** Signed by the log under its name, but the note's first line names another log. */
  CHECKPOINT_OF_ANOTHER_ORIGIN,
  /** Signed by the log, but the line's key hint is another key's. */
  CHECKPOINT_WITH_ANOTHER_KEY_HINT,
  /** The place that the entry claims in the log is not the one that is proven. */
  LOG_INDEX_CHANGED,

  TIMESTAMP_BY_ANOTHER_AUTHORITY,
  TIMESTAMP_OVER_ANOTHER_SIGNATURE,
  /** Stamped after the certificate's end. */
  TIMESTAMP_AFTER_EXPIRY,

  /** Neither a signed entry timestamp nor an RFC 3161 one: nobody vouches for the log's time. */
  NO_TRUSTED_TIME
}

package dev.weighmaster.verdict;

/** The audit's result for a quantization. */
public enum Verdict {
  /** Every link holds, down to a model signature whose signer the policy trusts for that model. */
  VERIFIED,
  /** There is no evidence, or none that the policy lets count; nothing contradicts. */
  UNVERIFIED,
  /** Evidence is there and something in it does not hold. */
  BROKEN,
  /** The audit could not look. */
  ERROR
}

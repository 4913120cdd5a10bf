package dev.weighmaster.verdict;

/** Who can fix what an audit has found. */
public enum Party {
  /** Signs the source model. */
  PUBLISHER("the publisher"),
  /** Makes the quantization, and attests what it was made from. */
  QUANTIZER("the quantizer"),
  /** Made the signature in question: the publisher of that model or the quantizer. */
  SIGNER("whoever signed"),
  /** Keeps the files. */
  HUB("the hub"),
  /** Runs the audit, and writes the trust policy. */
  OPERATOR("the operator");

  private final String title;

  Party(String title) {
    this.title = title;
  }

  /** As {@code docs/verdicts.md} calls it, such as {@code the publisher}. */
  public String title() {
    return title;
  }
}

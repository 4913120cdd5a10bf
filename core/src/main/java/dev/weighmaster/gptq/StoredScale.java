package dev.weighmaster.gptq;

/**
 * The type that a file stores its scales in: codes were rounded under scales in single precision,
 * which were rounded to this type afterwards.
 */
public enum StoredScale {
  F32(0x1p-24, 0x1p-150),
  F16(0x1p-11, 0x1p-25),
  BF16(0x1p-8, 0x1p-134);

  private final double ofNormal;
  private final double ofSubnormal;

  StoredScale(double ofNormal, double ofSubnormal) {
    this.ofNormal = ofNormal;
    this.ofSubnormal = ofSubnormal;
  }

  /** The most that rounding can have changed a scale, as a part of the stored one. */
  double relativeError(float stored) {
    // Half the distance to the next number, which is the power of two below times the precision.
    double power = Math.scalb(1.0, Math.getExponent(stored));
    return Math.max(ofNormal * power, ofSubnormal) / stored;
  }
}

package dev.weighmaster.format;

/** The header of a weights file, found to be sound. */
public interface WeightsHeader {

  /** What the audit needs of it. */
  WeightsSummary summary();
}

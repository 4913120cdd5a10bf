package dev.weighmaster.format;

/** The valid header of a weights file. */
public interface WeightsHeader {

  /** What the audit needs of it. */
  WeightsSummary summary();
}

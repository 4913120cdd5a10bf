package dev.weighmaster.packing;

/** How the codes of a matrix are chosen, as far as its layout says. */
public enum Method {
  /** Each is the nearest under a scale that the tool has computed or chosen. */
  ROUNDING,
  /** Each is the nearest under a scale that is the greatest weight, and no other. */
  ROUNDING_BY_GREATEST,
  /** Each is the nearest, or moved as by {@link #GPTQ}: the layout is used for both. */
  ROUNDING_OR_GPTQ,
  /** Codes are moved to make up for the rounding errors of others. */
  GPTQ,
  /** Each is the nearest, after columns were scaled. */
  AWQ
}

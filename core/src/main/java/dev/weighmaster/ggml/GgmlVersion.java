package dev.weighmaster.ggml;

/**
 * The versions of ggml's encoding that codecs follow, the newest first. All types but IQ1_M are
 * encoded alike in all of them.
 */
public enum GgmlVersion {
  /** llama.cpp v0.5.0, of September 2026. */
  V0_5_0("llama.cpp v0.5.0"),

  /** ggml's sources of August 2026, before the search of IQ1_M was rewritten. */
  AUGUST_2026("ggml of August 2026");

  private final String release;

  GgmlVersion(String release) {
    this.release = release;
  }

  /** The version's name for people. */
  public String release() {
    return release;
  }
}

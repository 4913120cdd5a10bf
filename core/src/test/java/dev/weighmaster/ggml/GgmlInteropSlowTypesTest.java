package dev.weighmaster.ggml;

/** IQ1 and IQ2, whose encoders search their codebooks longest. */
class GgmlInteropSlowTypesTest extends GgmlInterop {
  GgmlInteropSlowTypesTest() {
    super(GgmlInterop::isSlow);
  }
}

package dev.weighmaster.ggml;

/** All types but IQ1 and IQ2. */
class GgmlInteropTest extends GgmlInterop {
  GgmlInteropTest() {
    super(type -> !isSlow(type));
  }
}

package dev.weighmaster.weigh;

import dev.weighmaster.ggml.ForcedCodec;
import dev.weighmaster.ggml.GgmlCodec;

/** What a type's algorithm leaves to choose where the importance of columns is not known. */
enum Freedom {
  /** Source and type give the bytes. */
  NONE,
  /** The scales, under which the codes are forced. */
  SCALES,
  /** Scales and codes. */
  CODES;

  static Freedom of(GgmlCodec codec) {
    if (codec instanceof ForcedCodec) {
      return SCALES;
    }
    return codec.heedsImportance() ? CODES : NONE;
  }
}

package dev.weighmaster.jobs.weigh;

import dev.weighmaster.format.gguf.GgufType;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ComparedValue.Value;
import java.util.Optional;

/** A metadata value in words. Text from files in it is as it is there. */
public final class MetadataText {
  private MetadataText() {}

  /** The quantization's value, or the digest of a long one. */
  public static String quantization(ComparedValue value) {
    return text(value.quantization(), value.source());
  }

  /** The source's value, or the digest of a long one. */
  public static String source(ComparedValue value) {
    return text(value.source(), value.quantization());
  }

  private static String text(Optional<Value> value, Optional<Value> other) {
    return value
        .map(known -> text(known) + type(known, other.map(Value::type).orElse(known.type())))
        .orElse("absent");
  }

  private static String text(Value value) {
    return value
        .text()
        .map(text -> value.type().equals(GgufType.STRING.name()) ? '"' + text + '"' : text)
        .orElse("sha256:" + value.sha256());
  }

  /** One number is another value in another type. */
  private static String type(Value value, String other) {
    return value.type().equals(other) ? "" : " (" + value.type() + ")";
  }
}

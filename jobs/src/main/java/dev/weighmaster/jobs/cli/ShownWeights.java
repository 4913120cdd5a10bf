package dev.weighmaster.jobs.cli;

import dev.weighmaster.format.WeightsHeader;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Split;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import dev.weighmaster.format.gguf.GgufHeader;
import dev.weighmaster.format.gguf.GgufTensor;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.format.gguf.LlamaFileType;
import dev.weighmaster.format.safetensors.SafetensorsHeader;
import dev.weighmaster.format.safetensors.SafetensorsTensor;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The header of a weights file, as {@code inspect} shows it, field by field.
 *
 * @param metadata empty, as what is peculiar to other formats, where the format has none of it
 */
record ShownWeights(
    String file,
    long size,
    String format,
    String role,
    Optional<String> architecture,
    Optional<String> method,
    Optional<ShownSplit> split,
    long parameters,
    Optional<Double> bitsPerWeight,
    Optional<List<String>> sourceModels,
    Optional<List<String>> baseModels,
    Optional<String> byteOrder,
    Optional<Long> alignment,
    Optional<Long> dataOffset,
    Optional<Long> trailingBytes,
    Optional<String> fileTypeClaim,
    List<TypeCount> tensorsByType,
    Optional<List<ShownEntry>> metadata,
    Optional<List<ShownTensor>> tensors) {

  static ShownWeights of(String file, long size, WeightsHeader header) {
    Optional<GgufHeader> gguf =
        header instanceof GgufHeader found ? Optional.of(found) : Optional.empty();
    Optional<SafetensorsHeader> safetensors =
        header instanceof SafetensorsHeader found ? Optional.of(found) : Optional.empty();
    WeightsSummary summary = header.summary();
    long elements = summary.types().stream().mapToLong(TypeCount::elements).sum();
    long bytes = summary.types().stream().mapToLong(TypeCount::bytes).sum();
    return new ShownWeights(
        file,
        size,
        summary.format(),
        summary.role().name().toLowerCase(Locale.ROOT),
        summary.architecture(),
        summary.method(),
        summary.split().map(ShownSplit::of),
        elements,
        elements > 0 ? Optional.of(Math.round(bytes * 800.0 / elements) / 100.0) : Optional.empty(),
        some(summary.sourceModels()),
        some(summary.baseModels()),
        gguf.map(found -> found.bigEndian() ? "big-endian" : "little-endian"),
        gguf.map(GgufHeader::alignment),
        gguf.map(GgufHeader::dataOffset).or(() -> safetensors.map(SafetensorsHeader::dataOffset)),
        gguf.map(GgufHeader::trailingBytes),
        gguf.flatMap(found -> found.find("general.file_type")).map(ShownWeights::fileType),
        summary.types(),
        gguf.map(found -> found.metadata().stream().map(ShownEntry::of).toList())
            .or(
                () ->
                    safetensors.map(
                        found -> found.metadata().stream().map(ShownEntry::of).toList())),
        gguf.map(found -> found.tensors().stream().map(ShownTensor::of).toList())
            .or(
                () ->
                    safetensors.map(
                        found -> found.tensors().stream().map(ShownTensor::of).toList())));
  }

  private static Optional<List<String>> some(List<String> names) {
    return Optional.of(names).filter(list -> !list.isEmpty());
  }

  private static String fileType(GgufValue claim) {
    return claim instanceof GgufValue.Whole whole
        ? LlamaFileType.of(whole.value()).map(Enum::name).orElse("unknown, " + whole.display())
        : "no number";
  }

  /** A place in a split set, from 1. */
  private record ShownSplit(long part, int of, Optional<Long> tensorsOfSet) {
    static ShownSplit of(Split split) {
      return new ShownSplit(split.index() + 1L, split.count(), split.tensors());
    }
  }

  /**
   * One entry of the metadata.
   *
   * @param value a number, truth or text, or a list of texts
   */
  private record ShownEntry(String key, Optional<String> type, Object value) {
    static ShownEntry of(GgufHeader.Entry entry) {
      return new ShownEntry(entry.key(), Optional.of(type(entry.value())), value(entry.value()));
    }

    static ShownEntry of(SafetensorsHeader.Entry entry) {
      return new ShownEntry(
          entry.key(), Optional.empty(), entry.truncated() ? entry.value() + "…" : entry.value());
    }

    private static String type(GgufValue value) {
      return value instanceof GgufValue.Array array
          ? array.elementType() + "[" + array.count() + "]"
          : value.type().name();
    }

    private static Object value(GgufValue value) {
      if (value instanceof GgufValue.Array array) {
        return array.first().stream().map(GgufValue::display).toList();
      } else if (value instanceof GgufValue.Whole whole) {
        return new BigInteger(whole.display());
      } else if (value instanceof GgufValue.Real real) {
        return Double.parseDouble(real.display());
      } else if (value instanceof GgufValue.Bool bool) {
        return bool.value();
      }
      return value.display();
    }
  }

  private record ShownTensor(String name, String type, List<Long> shape, long offset, long bytes) {
    static ShownTensor of(GgufTensor tensor) {
      return new ShownTensor(
          tensor.name(), tensor.type().name(), tensor.shape(), tensor.offset(), tensor.bytes());
    }

    static ShownTensor of(SafetensorsTensor tensor) {
      return new ShownTensor(
          tensor.name(), tensor.type().name(), tensor.shape(), tensor.offset(), tensor.bytes());
    }
  }
}

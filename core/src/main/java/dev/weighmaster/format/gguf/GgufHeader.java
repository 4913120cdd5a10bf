package dev.weighmaster.format.gguf;

import dev.weighmaster.format.ModelReference;
import dev.weighmaster.format.WeightsHeader;
import dev.weighmaster.format.WeightsSummary;
import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.WeightsSummary.Split;
import dev.weighmaster.format.WeightsSummary.TypeCount;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The valid header of a GGUF file.
 *
 * @param alignment of each tensor, in bytes
 * @param metadata in the file's order
 * @param tensors in the file's order
 * @param dataOffset where the tensor data starts, in bytes from the start of the file
 * @param trailingBytes after the last tensor and its padding
 * @param missingBytes of the tensors that lie beyond the end of a file that is only the first piece
 */
public record GgufHeader(
    int version,
    boolean bigEndian,
    long alignment,
    List<Entry> metadata,
    List<GgufTensor> tensors,
    long dataOffset,
    long trailingBytes,
    long missingBytes)
    implements WeightsHeader {

  static final String ALIGNMENT_KEY = "general.alignment";
  static final long DEFAULT_ALIGNMENT = 32;

  /** No model of today names more. */
  private static final int MAX_BASE_MODELS = 64;

  private static final Pattern LORA = Pattern.compile(".+\\.lora_[ab]");
  private static final Pattern IMATRIX = Pattern.compile(".+\\.(?:in_sum2|counts)");
  private static final Pattern ENCODER = Pattern.compile("(?:v|mm|a)\\..+");

  public GgufHeader {
    metadata = List.copyOf(metadata);
    tensors = List.copyOf(tensors);
  }

  /** One metadata entry; the key is hostile text. */
  public record Entry(String key, GgufValue value) {}

  public Optional<GgufValue> find(String key) {
    return metadata.stream().filter(entry -> entry.key().equals(key)).map(Entry::value).findFirst();
  }

  @Override
  public WeightsSummary summary() {
    List<TypeCount> types = types();
    Optional<Split> split = split();
    return new WeightsSummary(
        "GGUF v" + version,
        role(split),
        text("general.architecture"),
        method(types, split),
        types,
        split,
        sourceModels(),
        baseModels(),
        missingBytes);
  }

  static long align(long offset, long alignment) {
    return (offset + alignment - 1) & -alignment;
  }

  private List<TypeCount> types() {
    Map<GgmlType, TypeCount> counts = new EnumMap<>(GgmlType.class);
    for (GgufTensor tensor : tensors) {
      GgmlType type = tensor.type();
      counts.merge(
          type,
          new TypeCount(type.name(), type.quantized(), 1, tensor.elements(), tensor.bytes()),
          TypeCount::plus);
    }
    return counts.values().stream()
        .sorted(Comparator.comparingLong(TypeCount::bytes).reversed())
        .toList();
  }

  /**
   * What {@code general.file_type} claims, unless the tensors contradict it; then, or without a
   * claim, the quantized type that takes the most bytes.
   */
  private Optional<String> method(List<TypeCount> types, Optional<Split> split) {
    Optional<String> claimed =
        whole("general.file_type")
            .flatMap(LlamaFileType::of)
            .filter(claim -> claim.mostly().quantized())
            .filter(claim -> isPart(split) || bearOut(claim.mostly()))
            .map(LlamaFileType::name);
    return claimed.or(
        () -> types.stream().filter(TypeCount::quantized).map(TypeCount::type).findFirst());
  }

  /**
   * Whether the tensors can be what quantizing to the type leaves. Where no row is a multiple of
   * its block, llama.cpp falls back to another type for every tensor.
   */
  private boolean bearOut(GgmlType claimed) {
    List<GgufTensor> quantized =
        tensors.stream().filter(tensor -> tensor.type().quantized()).toList();
    return !quantized.isEmpty()
        && (quantized.stream().anyMatch(tensor -> tensor.type() == claimed)
            || quantized.stream()
                .allMatch(tensor -> tensor.rowElements() % claimed.blockElements() != 0));
  }

  /** By the tensors, so that no claim can keep a model from being audited. */
  private Role role(Optional<Split> split) {
    if (tensors.isEmpty()) {
      return isPart(split) ? Role.MODEL : Role.VOCABULARY;
    }
    Optional<String> type = text("general.type");
    if (text("general.architecture").equals(Optional.of("clip"))
        || (type.equals(Optional.of("mmproj")) && allNamed(ENCODER))) {
      return Role.PROJECTOR;
    }
    if (type.equals(Optional.of("adapter")) && allNamed(LORA)) {
      return Role.ADAPTER;
    }
    return allNamed(IMATRIX) ? Role.IMATRIX : Role.MODEL;
  }

  private boolean allNamed(Pattern name) {
    return tensors.stream().map(GgufTensor::name).allMatch(name.asMatchPredicate());
  }

  private static boolean isPart(Optional<Split> split) {
    return split.isPresent() && split.get().count() > 1;
  }

  private Optional<Split> split() {
    Optional<Long> count = whole("split.count").filter(c -> c > 0 && c <= Integer.MAX_VALUE);
    Optional<Long> index = whole("split.no").filter(i -> count.isPresent() && i < count.get());
    return index.map(
        i -> new Split(i.intValue(), count.orElseThrow().intValue(), whole("split.tensors.count")));
  }

  private List<String> sourceModels() {
    return Stream.of(
            "general.source.repo_url",
            "general.source.url",
            "general.source.huggingface.repository")
        .flatMap(key -> model(key).stream())
        .distinct()
        .toList();
  }

  private List<String> baseModels() {
    long count = Math.min(whole("general.base_model.count").orElse(0L), (long) MAX_BASE_MODELS);
    List<String> models = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      model("general.base_model.%d.repo_url".formatted(i))
          .filter(model -> !models.contains(model))
          .ifPresent(models::add);
    }
    return models;
  }

  /** Converters also write where on their disk a model was, and other sites. */
  private Optional<String> model(String key) {
    return text(key)
        .map(ModelReference::of)
        .filter(reference -> reference.kind() == ModelReference.Kind.REPOSITORY)
        .map(ModelReference::id);
  }

  private Optional<String> text(String key) {
    return find(key)
        .flatMap(
            value ->
                value instanceof GgufValue.Text text && !text.truncated()
                    ? Optional.of(text.value())
                    : Optional.empty());
  }

  /** An integer of any type that is not negative. */
  private Optional<Long> whole(String key) {
    return find(key)
        .flatMap(
            value ->
                value instanceof GgufValue.Whole whole && whole.value() >= 0
                    ? Optional.of(whole.value())
                    : Optional.empty());
  }
}

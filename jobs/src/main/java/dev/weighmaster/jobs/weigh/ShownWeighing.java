package dev.weighmaster.jobs.weigh;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.audit.ClaimsBeside;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ComparedValue.Kind;
import dev.weighmaster.weigh.DecidedColumns;
import dev.weighmaster.weigh.Deviation;
import dev.weighmaster.weigh.Errors;
import dev.weighmaster.weigh.Intermediate;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.Recipe;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.Weighing;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A weighing as one JSON object: what is missing is null, and numbers that are not finite are
 * texts.
 *
 * @param sentence see {@link WeighingSentence}
 * @param form of the object, see {@link #FORM}
 * @param version of Weighmaster
 * @param method by which the quantization's configuration says that it was quantized: hostile text;
 *     empty for a GGUF, whose tensors have types
 * @param sourceName last name of the source's file, or of its folder for a repository: hostile text
 * @param sourceIsQuantized whether the source has lost something itself, which nothing here shows
 * @param sidecarsNotRead how many of those beside the quantization may claim error bounds, too
 */
public record ShownWeighing(
    Level level,
    String sentence,
    int form,
    String version,
    String depth,
    Optional<String> method,
    List<ShownFile> quantization,
    List<ShownFile> source,
    String sourceName,
    boolean sourceIsQuantized,
    List<ShownImatrix> imatrices,
    WeighingTotals totals,
    ShownMetadata metadata,
    List<ClaimedBounds> errorBounds,
    int sidecarsNotRead) {
  /** Goes up when a reader of an earlier form would read something wrong. */
  private static final int FORM = 1;

  private static final JsonFactory JSON =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  /**
   * A file that was weighed.
   *
   * @param name last name of its path
   * @param size in bytes
   * @param sha256 empty where nobody asked for it
   */
  public record ShownFile(String name, long size, Optional<String> sha256) {
    static ShownFile of(WeighedFile file) {
      return new ShownFile(file.name(), file.size(), file.sha256());
    }
  }

  /**
   * An importance matrix; of one that can't be used, there are its name and the problem alone.
   *
   * @param sha256 empty also where nobody asked for it
   * @param tensors how many it has weights for
   * @param fitting how many of the quantization's tensors it has a weight for each column of
   */
  public record ShownImatrix(
      String name,
      Optional<Long> size,
      Optional<String> sha256,
      Optional<Integer> tensors,
      Optional<Integer> fitting,
      Optional<String> problem) {
    static ShownImatrix of(FoundImatrix found, WeighedModel quantization) {
      return new ShownImatrix(
          found.name(),
          found.file().map(WeighedFile::size),
          found.file().flatMap(WeighedFile::sha256),
          found.imatrix().map(known -> known.names().size()),
          found
              .imatrix()
              .map(
                  known ->
                      (int)
                          quantization.tensors().tensors().stream().filter(known::covers).count()),
          found.problem());
    }
  }

  /** The metadata by kind, and each value. */
  public record ShownMetadata(
      MetadataTotals tokenizer,
      MetadataTotals chatTemplate,
      MetadataTotals hyperparameters,
      List<ComparedValue> values) {
    static ShownMetadata of(List<ComparedValue> values) {
      return new ShownMetadata(
          MetadataTotals.of(values, Kind.TOKENIZER),
          MetadataTotals.of(values, Kind.CHAT_TEMPLATE),
          MetadataTotals.of(values, Kind.HYPERPARAMETERS),
          values);
    }
  }

  /** One tensor, its errors beside its worst block. */
  private record ShownTensor(
      String name,
      Optional<String> type,
      Optional<String> sourceType,
      List<Long> shape,
      Level level,
      Optional<Recipe> recipe,
      Optional<Intermediate> intermediate,
      Optional<ShownErrors> errors,
      Optional<Errors.WorstBlock> worstBlock,
      Optional<Double> toReference,
      Optional<Deviation> deviation,
      Optional<DecidedColumns> certificate,
      Optional<String> detail) {
    static ShownTensor of(TensorWeighing tensor) {
      return new ShownTensor(
          tensor.name(),
          tensor.type(),
          tensor.sourceType(),
          tensor.shape(),
          tensor.level(),
          tensor.recipe(),
          tensor.intermediate(),
          tensor.errors().map(ShownErrors::of),
          tensor.errors().map(Errors::worst),
          tensor.toReference(),
          tensor.deviation(),
          tensor.certificate(),
          tensor.detail());
    }
  }

  private record ShownErrors(double largest, double rms, double relative) {
    static ShownErrors of(Errors errors) {
      return new ShownErrors(errors.largest(), errors.rms(), errors.relative());
    }
  }

  /**
   * What {@code --json} shows, but for the tensors.
   *
   * @param claims beside the quantization; if there are some, its files have their digests
   */
  public static ShownWeighing of(
      WeighedModel quantization,
      WeighedModel source,
      Imatrices imatrices,
      Depth depth,
      ClaimsBeside claims,
      Weighing weighing) {
    return new ShownWeighing(
        weighing.level(),
        WeighingSentence.of(
            quantization.name(),
            source.name(),
            quantization.isGguf() ? "ggml" : "its method",
            weighing),
        FORM,
        Optional.ofNullable(ShownWeighing.class.getPackage().getImplementationVersion())
            .orElse("unreleased"),
        depth.name().toLowerCase(Locale.ROOT),
        quantization.method(),
        quantization.files().stream().map(ShownFile::of).toList(),
        source.files().stream().map(ShownFile::of).toList(),
        source.name(),
        source.isQuantized(),
        imatrices.all().stream().map(found -> ShownImatrix.of(found, quantization)).toList(),
        WeighingTotals.of(weighing.tensors()),
        ShownMetadata.of(weighing.metadata()),
        quantization.attestedBounds(claims).stream()
            .map(attested -> ClaimedBounds.of(attested, weighing))
            .toList(),
        claims.unread());
  }

  /** Writes the object on one line, a tensor at a time: a model can have many. */
  public void write(List<TensorWeighing> tensors, PrintWriter out) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      for (Map.Entry<String, JsonNode> field : tree(this).properties()) {
        json.writeFieldName(field.getKey());
        json.writeRawValue(PlainText.json(field.getValue().toString()));
      }
      json.writeArrayFieldStart("tensors");
      for (TensorWeighing tensor : tensors) {
        json.writeRawValue(PlainText.json(tree(ShownTensor.of(tensor)).toString()));
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    out.println();
  }

  private static ObjectNode tree(Record shown) {
    return RecordJson.tree(shown, RecordJson.Missing.NULL);
  }
}

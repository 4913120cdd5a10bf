package dev.weighmaster.jobs.weigh;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.json.RecordJson;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ComparedValue.Kind;
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
 * @param quantization name of its first file
 * @param source name of its first file
 * @param sentence see {@link WeighingSentence}
 */
public record ShownWeighing(
    Level level,
    String sentence,
    String quantization,
    String source,
    String depth,
    List<ShownImatrix> imatrices,
    WeighingTotals totals,
    ShownMetadata metadata,
    List<ClaimedBounds> errorBounds) {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  /**
   * An importance matrix.
   *
   * @param tensors how many it has weights for; empty where it can't be used
   */
  public record ShownImatrix(String name, Optional<Integer> tensors, Optional<String> problem) {
    static ShownImatrix of(FoundImatrix found) {
      return new ShownImatrix(
          found.name(), found.imatrix().map(known -> known.names().size()), found.problem());
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
   * @param sentence see {@link WeighingSentence}
   */
  public static ShownWeighing of(
      WeighedModel quantization,
      WeighedModel source,
      Imatrices imatrices,
      Depth depth,
      String sentence,
      List<ClaimedBounds> bounds,
      Weighing weighing) {
    return new ShownWeighing(
        weighing.level(),
        sentence,
        quantization.name(),
        source.name(),
        depth.name().toLowerCase(Locale.ROOT),
        imatrices.all().stream().map(ShownImatrix::of).toList(),
        WeighingTotals.of(weighing.tensors()),
        ShownMetadata.of(weighing.metadata()),
        bounds);
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

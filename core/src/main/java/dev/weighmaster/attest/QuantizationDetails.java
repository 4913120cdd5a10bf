package dev.weighmaster.attest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a quantization was made, besides the method and the tool's name: optional fields of an
 * attestation. They help to repeat the quantization; only the error bounds can be held against the
 * weights, by whoever has those of the source.
 *
 * @param toolUri where the tool comes from
 * @param toolSha256 of the tool's executable
 * @param parameters of the method, each name once
 * @param errorBounds of the quantized tensors
 */
public record QuantizationDetails(
    Optional<String> toolUri,
    Optional<String> toolSha256,
    List<Parameter> parameters,
    Optional<Calibration> calibration,
    List<ErrorBound> errorBounds) {
  public static final QuantizationDetails NONE =
      new QuantizationDetails(
          Optional.empty(), Optional.empty(), List.of(), Optional.empty(), List.of());

  public QuantizationDetails {
    parameters = List.copyOf(parameters);
    errorBounds = List.copyOf(errorBounds);
  }

  /** A setting of the method, such as {@code group_size}. */
  public record Parameter(String name, String value) {}

  /** The file that the method was calibrated with, such as an importance matrix. */
  public record Calibration(String name, String sha256) {}

  static QuantizationDetails read(JsonFields predicate) throws MalformedJsonException {
    JsonFields quantization = predicate.object("quantization");
    JsonFields tool = predicate.object("tool");
    Optional<JsonFields> toolDigest = tool.optionalObject("digest");
    List<Parameter> parameters = new ArrayList<>();
    Optional<JsonFields> named = quantization.optionalObject("parameters");
    if (named.isPresent()) {
      for (String name : named.get().names()) {
        parameters.add(new Parameter(name, named.get().text(name)));
      }
    }
    Optional<JsonFields> calibration = quantization.optionalObject("calibration");
    return new QuantizationDetails(
        tool.optionalString("uri"),
        toolDigest.isPresent() ? toolDigest.get().optionalSha256("sha256") : Optional.empty(),
        parameters,
        calibration.isPresent()
            ? Optional.of(
                new Calibration(
                    calibration.get().string("name"),
                    calibration.get().object("digest").sha256("sha256")))
            : Optional.empty(),
        ErrorBound.read(predicate));
  }

  void write(ObjectNode predicate, ObjectNode quantization, ObjectNode tool) {
    if (!parameters.isEmpty()) {
      ObjectNode named = quantization.putObject("parameters");
      parameters.forEach(parameter -> named.put(parameter.name(), parameter.value()));
    }
    calibration.ifPresent(
        file -> {
          ObjectNode node = quantization.putObject("calibration");
          node.put("name", file.name());
          node.putObject("digest").put("sha256", file.sha256());
        });
    toolUri.ifPresent(uri -> tool.put("uri", uri));
    toolSha256.ifPresent(sha256 -> tool.putObject("digest").put("sha256", sha256));
    if (!errorBounds.isEmpty()) {
      ArrayNode bounds = predicate.putArray(ErrorBound.FIELD);
      errorBounds.forEach(bound -> bound.write(bounds));
    }
  }
}

package dev.weighmaster.attest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * How far one quantized tensor is from the source's at most, as the publisher claims it:
 * draft-sharif-ai-model-lifecycle-attestation, section 7.
 *
 * @param type of the quantized tensor, such as {@code Q4_K}
 * @param maxAbsError the largest difference of two elements, at least 0
 * @param rmse the root of the mean of their squares, at least 0
 * @param relativeRmse {@code rmse} as a part of the root mean square of the source's elements, at
 *     least 0; empty where it is not claimed
 */
public record ErrorBound(
    String tensor, String type, double maxAbsError, double rmse, Optional<Double> relativeRmse) {
  /** The most tensors that are read: as many as a GGUF file may have. */
  public static final int MAX_TENSORS = 131_072;

  static final String FIELD = "errorBounds";
  private static final String MAX_ABS_ERROR = "maxAbsError";
  private static final String RMSE = "rmse";
  private static final String RELATIVE_RMSE = "relativeRmse";

  /**
   * Reads the bounds that a statement claims of its subjects, in their order; none where it is no
   * quantization attestation.
   *
   * @param statement the bytes of any statement
   * @throws MalformedStatementException if they are no JSON object, or the bounds break a rule
   */
  public static List<ErrorBound> ofStatement(byte[] statement) throws MalformedStatementException {
    try {
      JsonFields fields = JsonFields.parse(statement);
      return fields.string("predicateType").equals(PredicateTypes.QUANTIZATION)
          ? read(fields.object("predicate"))
          : List.of();
    } catch (MalformedJsonException e) {
      throw new MalformedStatementException("statement: " + e.getMessage());
    }
  }

  /**
   * Reads a JSON array of {@code {"tensor", "type", "maxAbsError", "rmse", "relativeRmse"}}, the
   * last of which may be left out.
   *
   * @param array any bytes
   * @throws MalformedStatementException if they are not such an array, of at most {@link
   *     #MAX_TENSORS} tensors, none of them twice
   */
  public static List<ErrorBound> parse(byte[] array) throws MalformedStatementException {
    var object = new ByteArrayOutputStream();
    object.writeBytes(("{\"" + FIELD + "\":").getBytes(StandardCharsets.US_ASCII));
    object.writeBytes(array);
    object.write('}');
    try {
      JsonFields fields = JsonFields.parse(object.toByteArray());
      if (!fields.has(FIELD) || fields.names().size() > 1) {
        throw fields.malformed(FIELD, "must be an array");
      }
      return read(fields);
    } catch (MalformedJsonException e) {
      throw new MalformedStatementException(e.getMessage());
    }
  }

  static List<ErrorBound> read(JsonFields predicate) throws MalformedJsonException {
    List<JsonFields> items = predicate.objects(FIELD);
    if (items.size() > MAX_TENSORS) {
      throw predicate.malformed(FIELD, "has more than " + MAX_TENSORS + " entries");
    }
    List<ErrorBound> bounds = new ArrayList<>();
    var tensors = new HashSet<String>();
    for (JsonFields item : items) {
      String tensor = item.string("tensor");
      if (!tensors.add(tensor)) {
        throw item.malformed("tensor", "is there twice");
      }
      bounds.add(
          new ErrorBound(
              tensor,
              item.string("type"),
              error(item, MAX_ABS_ERROR),
              error(item, RMSE),
              item.has(RELATIVE_RMSE)
                  ? Optional.of(error(item, RELATIVE_RMSE))
                  : Optional.empty()));
    }
    return bounds;
  }

  void write(ArrayNode bounds) {
    ObjectNode bound =
        bounds
            .addObject()
            .put("tensor", tensor)
            .put("type", type)
            .put(MAX_ABS_ERROR, maxAbsError)
            .put(RMSE, rmse);
    relativeRmse.ifPresent(relative -> bound.put(RELATIVE_RMSE, relative));
  }

  private static double error(JsonFields item, String name) throws MalformedJsonException {
    double error = item.number(name);
    if (error < 0) {
      throw item.malformed(name, "must not be negative");
    }
    return error;
  }
}

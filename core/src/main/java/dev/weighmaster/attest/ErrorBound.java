package dev.weighmaster.attest;

import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * How far one quantized tensor is from the source's, as the publisher measured it:
 * draft-sharif-ai-model-lifecycle-attestation, section 7.
 *
 * @param type of the quantized tensor, such as {@code Q4_K}
 * @param maxAbsError the largest difference of two elements, at least 0
 * @param rmse the root of the mean of their squares, at least 0
 */
public record ErrorBound(String tensor, String type, double maxAbsError, double rmse) {
  /** The most tensors that are read: as many as a GGUF file may have. */
  public static final int MAX_TENSORS = 131_072;

  static final String FIELD = "errorBounds";

  /**
   * Reads a JSON array of {@code {"tensor", "type", "maxAbsError", "rmse"}}.
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
              tensor, item.string("type"), error(item, "maxAbsError"), error(item, "rmse")));
    }
    return bounds;
  }

  private static double error(JsonFields item, String name) throws MalformedJsonException {
    double error = item.number(name);
    if (error < 0) {
      throw item.malformed(name, "must not be negative");
    }
    return error;
  }
}

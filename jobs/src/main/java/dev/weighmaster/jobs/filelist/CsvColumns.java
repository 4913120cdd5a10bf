package dev.weighmaster.jobs.filelist;

import dev.weighmaster.verdict.Quoted;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.regex.Pattern;

/** What the columns of a CSV file of an S3 Inventory are. */
public final class CsvColumns implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final List<String> NEEDED =
      List.of("Bucket", "Key", "Size", "LastModifiedDate", "ETag");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

  private final ArrayList<String> names;

  /**
   * @param names as the manifest's {@code fileSchema} has them, in any order
   * @throws FileListException if one is missing that an audit needs, or is there twice
   */
  public CsvColumns(List<String> names) throws FileListException {
    this.names = new ArrayList<>(names);
    for (String needed : NEEDED) {
      if (!names.contains(needed)) {
        throw new FileListException(
            "it has no column "
                + needed
                + "; configure the inventory with size, last modified date and ETag");
      }
    }
    if (new HashSet<>(names).size() < names.size()) {
      throw new FileListException("it has two columns of one name");
    }
    if (names.contains("VersionId") && !names.contains("IsLatest")) {
      throw new FileListException(
          "it has all versions of the objects, and no column IsLatest to tell them apart");
    }
  }

  /** How many values each row has. */
  public int count() {
    return names.size();
  }

  /**
   * Makes an object of a row's values.
   *
   * @param values the one at a place
   * @throws FileListException if one is not what its column holds
   */
  public S3Object object(IntFunction<String> values) throws FileListException {
    return new S3Object(
        value("Bucket", values),
        decoded(value("Key", values)),
        isTrue("IsLatest", values, true),
        isTrue("IsDeleteMarker", values, false),
        size(value("Size", values)),
        time(value("LastModifiedDate", values)),
        Optional.of(value("ETag", values)).filter(etag -> !etag.isEmpty()));
  }

  private String value(String column, IntFunction<String> values) {
    return values.apply(names.indexOf(column));
  }

  private boolean isTrue(String column, IntFunction<String> values, boolean absent)
      throws FileListException {
    if (!names.contains(column)) {
      return absent;
    }
    String value = value(column, values);
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new FileListException(
              column + " is " + Quoted.of(value) + ", neither true nor false");
    };
  }

  private static Optional<Long> size(String value) throws FileListException {
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (!NUMBER.matcher(value).matches()) {
      throw new FileListException("Size is " + Quoted.of(value) + ", not a number of bytes");
    }
    return Optional.of(Long.parseLong(value));
  }

  private static Optional<Instant> time(String value) throws FileListException {
    try {
      return value.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(value));
    } catch (DateTimeException e) {
      throw new FileListException(
          "LastModifiedDate is " + Quoted.of(value) + ", not a time like 2026-11-22T00:00:00.000Z",
          e);
    }
  }

  /** Keys are URL-encoded as forms are: a space is {@code +}, and every byte may be escaped. */
  static String decoded(String key) throws FileListException {
    byte[] encoded = key.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(encoded.length);
    for (int i = 0; i < encoded.length; i++) {
      if (encoded[i] == '%') {
        int high = i + 1 < encoded.length ? Character.digit(encoded[i + 1], 16) : -1;
        int low = i + 2 < encoded.length ? Character.digit(encoded[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          throw new FileListException("Key is " + Quoted.of(key) + ", not URL-encoded");
        }
        bytes.put((byte) (high << 4 | low));
        i += 2;
      } else {
        bytes.put(encoded[i] == '+' ? (byte) ' ' : encoded[i]);
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new FileListException("Key is " + Quoted.of(key) + ", not UTF-8", e);
    }
  }
}

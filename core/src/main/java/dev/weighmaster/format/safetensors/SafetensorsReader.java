package dev.weighmaster.format.safetensors;

import static dev.weighmaster.format.HostileText.quoted;

import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the header of a safetensors file.
 *
 * <p>The checks are those of the reference implementation ({@code safetensors/src/tensor.rs}):
 * where the format's specification (the {@code Format} section of its README) is stricter, files
 * that the reference takes are in use all the same. Memory is bounded by the tensor directory and
 * the limits below, whatever the lengths in the file say.
 */
public final class SafetensorsReader {
  /** The reference's {@code MAX_HEADER_SIZE}, in bytes. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  /** The largest models of today have about a hundred thousand, in all files together. */
  static final int MAX_TENSORS = 262_144;

  static final int MAX_METADATA = 65_536;

  /** No framework has tensors of more. */
  static final int MAX_DIMENSIONS = 64;

  /** Of a metadata value, in characters; the rest of a longer one is dropped. */
  static final int KEPT_TEXT = 64 * 1024;

  /** Of all metadata values together, in characters. */
  static final int KEPT_METADATA = 4 * 1024 * 1024;

  private static final String METADATA_KEY = "__metadata__";

  private final StrictJson json;
  private final Map<String, SafetensorsHeader.Entry> metadata = new LinkedHashMap<>();
  private final Map<String, Declared> tensors = new LinkedHashMap<>();
  private final long dataOffset;
  private int kept;

  /** An entry of the directory, of which nothing but its form has been checked. */
  private record Declared(
      String name, SafetensorsType type, List<Long> shape, long begin, long end) {}

  private SafetensorsReader(StrictJson json, long dataOffset) {
    this.json = json;
    this.dataOffset = dataOffset;
  }

  /**
   * Reads no further than the chunk in which the header ends.
   *
   * @param source that nothing has been read from; it is left open
   * @throws MalformedWeightsException if the reference implementation would refuse the file
   * @throws UnsupportedWeightsException for a tensor type that is not known, or beyond a limit of
   *     this class
   * @throws IOException if the source can't be read
   */
  public static SafetensorsHeader read(ByteSource source) throws IOException {
    var input = new HeaderInput(source);
    input.section("the length of its header");
    long length = input.readLong();
    if (length < 0 || length > MAX_HEADER_BYTES) {
      throw new MalformedWeightsException(
          0,
          "the header claims %s bytes, more than %d"
              .formatted(Long.toUnsignedString(length), MAX_HEADER_BYTES));
    }
    long dataBytes = input.remaining() - length;
    try (var json = new StrictJson(StrictJson.Dialect.RUST, "the header", input, length)) {
      return new SafetensorsReader(json, Long.BYTES + length).header(dataBytes);
    }
  }

  private SafetensorsHeader header(long dataBytes) throws IOException {
    json.beginObject("the header");
    boolean metadataRead = false;
    while (json.hasEntry()) {
      String name = json.name();
      if (name.equals(METADATA_KEY)) {
        if (metadataRead) {
          throw json.malformed("the header has %s twice".formatted(METADATA_KEY));
        }
        metadataRead = true;
        readMetadata();
      } else {
        tensors.put(name, readTensor(name));
        if (tensors.size() > MAX_TENSORS) {
          throw unsupported("the header has more than %d tensors".formatted(MAX_TENSORS));
        }
      }
    }
    json.finish(" \t\r\n");
    return new SafetensorsHeader(List.copyOf(metadata.values()), placed(dataBytes), dataOffset);
  }

  private UnsupportedWeightsException unsupported(String message) {
    return new UnsupportedWeightsException(json.offset(), message);
  }

  private void readMetadata() throws IOException {
    if (!json.beginOptionalObject(METADATA_KEY)) {
      return;
    }
    while (json.hasEntry()) {
      String key = json.name();
      if (metadata.size() == MAX_METADATA) {
        throw unsupported("%s has more than %d entries".formatted(METADATA_KEY, MAX_METADATA));
      }
      int length = json.beginText("%s of %s".formatted(quoted(key), METADATA_KEY));
      int limit = Math.min(Math.min(length, KEPT_TEXT), KEPT_METADATA - kept);
      kept += limit;
      metadata.put(key, new SafetensorsHeader.Entry(key, json.text(limit), limit < length));
    }
  }

  private Declared readTensor(String name) throws IOException {
    String tensor = "tensor " + quoted(name);
    SafetensorsType type = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    if (json.beginObjectOrArray(tensor)) {
      while (json.hasEntry()) {
        switch (json.name()) {
          case "dtype" -> type = once(tensor, type, readType(tensor));
          case "shape" -> shape = once(tensor, shape, readShape(tensor));
          case "data_offsets" -> offsets = once(tensor, offsets, readOffsets(tensor));
          default -> json.skipValue();
        }
      }
    } else {
      type = readType(tensor);
      shape = readShape(tensor);
      offsets = readOffsets(tensor);
      if (json.hasElement()) {
        throw json.malformed(tensor + " has more than its dtype, shape and data_offsets");
      }
    }
    if (type == null || shape == null || offsets == null) {
      throw json.malformed(tensor + " lacks its dtype, shape or data_offsets");
    }
    if (offsets.size() != 2) {
      throw json.malformed("the data_offsets of %s are not a begin and an end".formatted(tensor));
    }
    return new Declared(name, type, shape, offsets.get(0), offsets.get(1));
  }

  private <T> T once(String tensor, T before, T value) throws MalformedWeightsException {
    if (before != null) {
      throw json.malformed(tensor + " has an entry twice");
    }
    return value;
  }

  private List<Long> readShape(String tensor) throws IOException {
    String what = "the shape of " + tensor;
    json.beginArray(what);
    List<Long> shape = new ArrayList<>();
    while (json.hasElement()) {
      if (shape.size() == MAX_DIMENSIONS) {
        throw unsupported("%s has more than %d numbers".formatted(what, MAX_DIMENSIONS));
      }
      shape.add(json.size(what));
    }
    return shape;
  }

  private List<Long> readOffsets(String tensor) throws IOException {
    String what = "the data_offsets of " + tensor;
    json.beginArray(what);
    List<Long> offsets = new ArrayList<>();
    while (json.hasElement()) {
      if (offsets.size() == 2) {
        throw json.malformed("%s has more than 2 numbers".formatted(what));
      }
      offsets.add(json.size(what));
    }
    return offsets;
  }

  private SafetensorsType readType(String tensor) throws IOException {
    String dtype = json.readConstant("the dtype of " + tensor);
    return SafetensorsType.of(dtype)
        .orElseThrow(
            () ->
                new UnsupportedWeightsException(
                    json.offset(),
                    "%s has dtype %s, which is not known".formatted(tensor, quoted(dtype))));
  }

  /** The tensors in the order of their data, which must be the file's rest, without holes. */
  private List<SafetensorsTensor> placed(long dataBytes) throws MalformedWeightsException {
    List<Declared> inOrder =
        tensors.values().stream()
            .sorted(Comparator.comparingLong(Declared::begin).thenComparingLong(Declared::end))
            .toList();
    List<SafetensorsTensor> placed = new ArrayList<>();
    long end = 0;
    for (Declared tensor : inOrder) {
      String called = "tensor " + quoted(tensor.name());
      if (tensor.end() < tensor.begin()) {
        throw malformed("the data_offsets of %s are not a begin and an end".formatted(called));
      }
      if (tensor.begin() != end) {
        throw malformed(
            "%s begins at %d of the tensor data, not at %d where the one before it ends"
                .formatted(called, tensor.begin(), end));
      }
      end = tensor.end();
      long bytes = end - tensor.begin();
      long elements = elements(called, tensor.shape());
      BigInteger bits =
          BigInteger.valueOf(elements).multiply(BigInteger.valueOf(tensor.type().bits()));
      if (!bits.equals(BigInteger.valueOf(bytes).multiply(BigInteger.valueOf(Byte.SIZE)))) {
        throw malformed(
            "%s takes %d bytes where its shape makes %d bits".formatted(called, bytes, bits));
      }
      placed.add(
          new SafetensorsTensor(
              tensor.name(),
              tensor.type(),
              tensor.shape(),
              elements,
              dataOffset + tensor.begin(),
              bytes));
    }
    if (end != dataBytes) {
      throw malformed(
          "tensors take %d bytes where the file has %d after its header".formatted(end, dataBytes));
    }
    return placed;
  }

  /** The reference multiplies from the left, in 64 bits without a sign. */
  private long elements(String tensor, List<Long> shape) throws MalformedWeightsException {
    BigInteger elements = BigInteger.ONE;
    for (long dimension : shape) {
      elements = elements.multiply(BigInteger.valueOf(dimension));
      if (elements.bitLength() > Long.SIZE) {
        throw malformed(tensor + " has more elements than can be");
      }
    }
    if (elements.bitLength() >= Long.SIZE) {
      throw malformed(tensor + " has more elements than can be");
    }
    return elements.longValueExact();
  }

  private MalformedWeightsException malformed(String message) {
    return new MalformedWeightsException(dataOffset, message);
  }
}

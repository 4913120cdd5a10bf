package dev.weighmaster.format.safetensors;

import static dev.weighmaster.format.HostileText.quoted;

import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads the header of a safetensors file.
 *
 * <p>What it holds a file to is the format's specification (the {@code Format} section of its
 * README) and the checks of the reference implementation ({@code safetensors/src/tensor.rs}); where
 * the two differ, the stricter one. Memory is bounded by the tensor directory and the limits below,
 * whatever the lengths in the file say.
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
  private final List<SafetensorsHeader.Entry> metadata = new ArrayList<>();
  private final List<SafetensorsTensor> tensors = new ArrayList<>();
  private final long dataOffset;
  private int kept;

  private SafetensorsReader(StrictJson json, long dataOffset) {
    this.json = json;
    this.dataOffset = dataOffset;
  }

  /**
   * Reads no further than the chunk in which the header ends.
   *
   * @param source that nothing has been read from; it is left open
   * @throws MalformedWeightsException if the file breaks the specification or a limit of this class
   * @throws UnsupportedWeightsException for a tensor type that is not known
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
    try (var json = new StrictJson("the header", input, length)) {
      return new SafetensorsReader(json, Long.BYTES + length).header(dataBytes);
    }
  }

  private SafetensorsHeader header(long dataBytes) throws IOException {
    json.beginObject("the header");
    if (json.offset() != Long.BYTES) {
      throw json.malformed("the header does not begin with {");
    }
    while (json.hasEntry()) {
      String name = json.name();
      if (name.equals(METADATA_KEY)) {
        readMetadata();
      } else {
        if (tensors.size() == MAX_TENSORS) {
          throw json.malformed("the header has more than %d tensors".formatted(MAX_TENSORS));
        }
        tensors.add(readTensor(name));
      }
    }
    json.finish(" ");
    place(dataBytes);
    return new SafetensorsHeader(metadata, tensors, dataOffset);
  }

  private void readMetadata() throws IOException {
    json.beginObject(METADATA_KEY);
    while (json.hasEntry()) {
      String key = json.name();
      if (metadata.size() == MAX_METADATA) {
        throw json.malformed("%s has more than %d entries".formatted(METADATA_KEY, MAX_METADATA));
      }
      int length = json.beginText("%s of %s".formatted(quoted(key), METADATA_KEY));
      int limit = Math.min(Math.min(length, KEPT_TEXT), KEPT_METADATA - kept);
      kept += limit;
      metadata.add(new SafetensorsHeader.Entry(key, json.text(limit), limit < length));
    }
  }

  private SafetensorsTensor readTensor(String name) throws IOException {
    String tensor = "tensor " + quoted(name);
    json.beginObject(tensor);
    SafetensorsType type = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (json.hasEntry()) {
      switch (json.name()) {
        case "dtype" -> type = readType(tensor);
        case "shape" -> shape = readSizes("the shape of " + tensor, MAX_DIMENSIONS);
        case "data_offsets" -> offsets = readSizes("the data_offsets of " + tensor, 2);
        default ->
            throw json.malformed(
                "%s has an unknown entry %s".formatted(tensor, quoted(json.name())));
      }
    }
    if (type == null || shape == null || offsets == null) {
      throw json.malformed(tensor + " lacks its dtype, shape or data_offsets");
    }
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw json.malformed("the data_offsets of %s are not a begin and an end".formatted(tensor));
    }
    long begin = offsets.get(0);
    long bytes = offsets.get(1) - begin;
    try {
      long elements = shape.stream().reduce(1L, Math::multiplyExact);
      long bits = Math.multiplyExact(elements, (long) type.bits());
      if (bits % Byte.SIZE != 0 || bits / Byte.SIZE != bytes) {
        throw json.malformed(
            "%s takes %d bytes where its shape makes %d bits".formatted(tensor, bytes, bits));
      }
      return new SafetensorsTensor(name, type, shape, elements, begin, bytes);
    } catch (ArithmeticException e) {
      throw json.malformed(tensor + " has more elements than can be");
    }
  }

  private SafetensorsType readType(String tensor) throws IOException {
    String dtype = json.readText("the dtype of " + tensor);
    return SafetensorsType.of(dtype)
        .orElseThrow(
            () ->
                new UnsupportedWeightsException(
                    json.offset(),
                    "%s has dtype %s, which is not known".formatted(tensor, quoted(dtype))));
  }

  private List<Long> readSizes(String what, int limit) throws IOException {
    json.beginArray(what);
    List<Long> sizes = new ArrayList<>();
    while (json.hasElement()) {
      if (sizes.size() == limit) {
        throw json.malformed("%s has more than %d numbers".formatted(what, limit));
      }
      sizes.add(json.size(what));
    }
    return sizes;
  }

  /** Puts the tensors in the order of their data, which must be the file's rest, without holes. */
  private void place(long dataBytes) throws MalformedWeightsException {
    tensors.sort(
        Comparator.comparingLong(SafetensorsTensor::offset)
            .thenComparingLong(SafetensorsTensor::bytes));
    long end = 0;
    for (int i = 0; i < tensors.size(); i++) {
      SafetensorsTensor tensor = tensors.get(i);
      if (tensor.offset() != end) {
        throw new MalformedWeightsException(
            dataOffset,
            "tensor %s begins at %d of the tensor data, not at %d where the one before it ends"
                .formatted(quoted(tensor.name()), tensor.offset(), end));
      }
      end += tensor.bytes();
      tensors.set(
          i,
          new SafetensorsTensor(
              tensor.name(),
              tensor.type(),
              tensor.shape(),
              tensor.elements(),
              dataOffset + tensor.offset(),
              tensor.bytes()));
    }
    if (end != dataBytes) {
      throw new MalformedWeightsException(
          dataOffset,
          "tensors take %d bytes where the file has %d after its header".formatted(end, dataBytes));
    }
  }
}

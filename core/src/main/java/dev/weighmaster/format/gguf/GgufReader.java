package dev.weighmaster.format.gguf;

import static dev.weighmaster.format.HostileText.quoted;

import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the header of a GGUF file, versions 1 to 3, in either byte order.
 *
 * <p>A file is checked against the GGUF specification ({@code ggml/docs/gguf.md}) and, for the
 * tensor directory, what llama.cpp's reader demands: offsets in order, without holes. Time is
 * linear in the length of the header; memory is bounded by the limits below, whatever the counts
 * and lengths in the file say.
 */
public final class GgufReader {
  /**
   * In bytes, as builds with a larger {@code GGML_MAX_NAME} write them; the specification has 64.
   */
  static final int MAX_TENSOR_NAME_BYTES = 127;

  /** One more than ggml's {@code GGML_MAX_DIMS}: files of video models have five. */
  static final int MAX_DIMENSIONS = 5;

  /**
   * The first of the types that forks use for layouts of their own: what ggml never had, has given
   * up or has numbered late.
   */
  private static final int FIRST_DISPUTED_TYPE = GgmlType.Q4_0_4_4.id();

  /** Of a file in pieces, so that no sum of lengths overflows. */
  private static final long MAX_BYTES = 1L << 60;

  /** Of a string value; the rest of a longer one is skipped. */
  static final int KEPT_TEXT_BYTES = 64 * 1024;

  /** Of a string in an array. */
  static final int KEPT_ELEMENT_BYTES = 256;

  /** Of an array, from its start. */
  static final int KEPT_ELEMENTS = 8;

  private final GgufInput gguf;
  private final HeaderInput input;
  private final boolean firstPiece;

  private GgufReader(GgufInput gguf, boolean firstPiece) {
    this.gguf = gguf;
    this.input = gguf.bytes;
    this.firstPiece = firstPiece;
  }

  /**
   * Reads no further than the chunk in which the tensor directory ends.
   *
   * @param source that nothing has been read from; it is left open
   * @throws MalformedWeightsException if the file breaks the specification or a limit of this class
   * @throws UnsupportedWeightsException for another version, a tensor type that is not known or
   *     that a fork uses for another layout, or more dimensions or a longer name than are known
   * @throws IOException if the source can't be read
   */
  public static GgufHeader read(ByteSource source) throws IOException {
    return new GgufReader(new GgufInput(source), false).header();
  }

  /**
   * Reads the header of a file that was cut into pieces, of which the source is the first. That its
   * tensors go on beyond the source's end is no fault then: {@link GgufHeader#missingBytes} says by
   * how much.
   *
   * @see #read
   */
  public static GgufHeader readFirstPiece(ByteSource source) throws IOException {
    return new GgufReader(new GgufInput(source), true).header();
  }

  private GgufHeader header() throws IOException {
    List<GgufHeader.Entry> metadata = new ArrayList<>();
    for (long i = 0; i < gguf.metadataCount(); i++) {
      String key = gguf.readKey();
      metadata.add(new GgufHeader.Entry(key, readValue(gguf.readType(), 0)));
    }
    long alignment = alignment(metadata);
    List<GgufTensor> relative = readDirectory(gguf.tensorCount());
    return place(alignment, metadata, relative);
  }

  private long alignment(List<GgufHeader.Entry> metadata) throws IOException {
    for (GgufHeader.Entry entry : metadata) {
      if (entry.key().equals(GgufHeader.ALIGNMENT_KEY)) {
        if (entry.value() instanceof GgufValue.Whole alignment
            && alignment.type() == GgufType.UINT32
            && Long.bitCount(alignment.value()) == 1) {
          return alignment.value();
        }
        throw new MalformedWeightsException(
            input.offset(),
            "%s is not a power of two of type UINT32".formatted(GgufHeader.ALIGNMENT_KEY));
      }
    }
    return GgufHeader.DEFAULT_ALIGNMENT;
  }

  /** The directory with its offsets as the file has them: from the start of the tensor data. */
  private List<GgufTensor> readDirectory(long count) throws IOException {
    input.section("its tensor directory");
    List<GgufTensor> tensors = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (long i = 0; i < count; i++) {
      long start = input.offset();
      long length = gguf.readLength();
      if (length > MAX_TENSOR_NAME_BYTES) {
        // A length that the file can't have is a contradiction.
        input.skip(length);
        throw new UnsupportedWeightsException(
            start,
            "a tensor name is %d bytes long, not at most %d"
                .formatted(length, MAX_TENSOR_NAME_BYTES));
      }
      String name = gguf.readText((int) length, "a tensor name");
      if (!names.add(name)) {
        throw new MalformedWeightsException(start, "tensor %s twice".formatted(quoted(name)));
      }
      tensors.add(readTensor(start, name));
    }
    return tensors;
  }

  private GgufTensor readTensor(long start, String name) throws IOException {
    long dimensions = Integer.toUnsignedLong(input.readInt());
    if (dimensions > MAX_DIMENSIONS) {
      input.skip(dimensions * gguf.lengthBytes());
      throw new UnsupportedWeightsException(
          start,
          "tensor %s has %d dimensions, more than %d"
              .formatted(quoted(name), dimensions, MAX_DIMENSIONS));
    }
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < dimensions; i++) {
      long dimension = gguf.readSize();
      if (dimension < 0) {
        throw new MalformedWeightsException(
            start, "tensor %s has a negative dimension".formatted(quoted(name)));
      }
      shape.add(dimension);
    }
    long typeOffset = input.offset();
    int typeId = input.readInt();
    GgmlType type =
        GgmlType.of(typeId)
            .orElseThrow(
                () ->
                    new UnsupportedWeightsException(
                        typeOffset,
                        "tensor %s has type %d, which is not known"
                            .formatted(quoted(name), typeId)));
    long offset = input.readLong();
    try {
      long elements = 1;
      for (long dimension : shape) {
        elements = Math.multiplyExact(elements, dimension);
      }
      long bytes = Math.multiplyExact(elements / type.blockElements(), (long) type.blockBytes());
      var tensor = new GgufTensor(name, type, shape, elements, offset, bytes);
      if (tensor.rowElements() % type.blockElements() != 0) {
        if (isDisputed(type)) {
          throw otherLayout(start, tensor);
        }
        throw new MalformedWeightsException(
            start,
            "tensor %s has rows of %d elements, not a multiple of the %d in a block of %s"
                .formatted(quoted(name), tensor.rowElements(), type.blockElements(), type));
      }
      return tensor;
    } catch (ArithmeticException e) {
      throw new MalformedWeightsException(
          start, "tensor %s has more elements than can be".formatted(quoted(name)));
    }
  }

  private GgufHeader place(
      long alignment, List<GgufHeader.Entry> metadata, List<GgufTensor> relative)
      throws IOException {
    long headerEnd = input.offset();
    long size = headerEnd + input.remaining();
    long dataOffset = GgufHeader.align(headerEnd, alignment);
    long end = dataOffset;
    long dataEnd = dataOffset;
    Optional<GgufTensor> disputed = Optional.empty();
    List<GgufTensor> tensors = new ArrayList<>(relative.size());
    for (GgufTensor tensor : relative) {
      if (tensor.offset() != end - dataOffset) {
        if (disputed.isPresent() && tensor.offset() >= 0) {
          throw otherLayout(headerEnd, disputed.get());
        }
        throw new MalformedWeightsException(
            headerEnd,
            "tensor %s is at offset %s of the tensor data, not at %d where the one before it ends"
                .formatted(
                    quoted(tensor.name()),
                    Long.toUnsignedString(tensor.offset()),
                    end - dataOffset));
      }
      if (isDisputed(tensor.type())) {
        disputed = Optional.of(tensor);
      }
      boolean beyond = end > size || tensor.bytes() > size - end;
      if (beyond && !firstPiece && disputed.isPresent()) {
        throw otherLayout(headerEnd, disputed.get());
      }
      if (beyond && (!firstPiece || tensor.bytes() > MAX_BYTES - end)) {
        throw new MalformedWeightsException(
            size,
            "file ends within tensor %s: %d bytes from byte %d on wanted"
                .formatted(quoted(tensor.name()), tensor.bytes(), end));
      }
      tensors.add(
          new GgufTensor(
              tensor.name(),
              tensor.type(),
              tensor.shape(),
              tensor.elements(),
              end,
              tensor.bytes()));
      dataEnd = end + tensor.bytes();
      end = GgufHeader.align(dataEnd, alignment);
    }
    return new GgufHeader(
        gguf.version(),
        gguf.bigEndian(),
        alignment,
        metadata,
        tensors,
        dataOffset,
        Math.max(0, size - end),
        Math.max(0, dataEnd - size));
  }

  private static boolean isDisputed(GgmlType type) {
    return type.id() >= FIRST_DISPUTED_TYPE;
  }

  /** Sizes that do not add up are no contradiction where nobody knows them. */
  private static UnsupportedWeightsException otherLayout(long offset, GgufTensor tensor) {
    return new UnsupportedWeightsException(
        offset,
        "tensor %s has type %d, which stands for another layout here than ggml's %s"
            .formatted(quoted(tensor.name()), tensor.type().id(), tensor.type()));
  }

  private GgufValue readValue(GgufType type, int depth) throws IOException {
    return switch (type) {
      case UINT8 -> new GgufValue.Whole(type, Byte.toUnsignedLong(input.readByte()));
      case INT8 -> new GgufValue.Whole(type, input.readByte());
      case UINT16 -> new GgufValue.Whole(type, Short.toUnsignedLong(input.readShort()));
      case INT16 -> new GgufValue.Whole(type, input.readShort());
      case UINT32 -> new GgufValue.Whole(type, Integer.toUnsignedLong(input.readInt()));
      case INT32 -> new GgufValue.Whole(type, input.readInt());
      case UINT64, INT64 -> new GgufValue.Whole(type, input.readLong());
      case FLOAT32 -> new GgufValue.Real(type, Float.intBitsToFloat(input.readInt()));
      case FLOAT64 -> new GgufValue.Real(type, Double.longBitsToDouble(input.readLong()));
      case BOOL -> new GgufValue.Bool(gguf.readBool());
      case STRING -> readTextValue(depth);
      case ARRAY -> readArray(depth);
    };
  }

  private GgufValue.Text readTextValue(int depth) throws IOException {
    long length = gguf.readLength();
    int limit = depth == 0 ? KEPT_TEXT_BYTES : KEPT_ELEMENT_BYTES;
    int prefix = (int) Math.min(length, limit);
    if (!gguf.keep(prefix)) {
      input.skip(length);
      return new GgufValue.Text("", length > 0);
    }
    boolean truncated = prefix < length;
    long start = input.offset();
    byte[] bytes = input.readBytes(prefix);
    input.skip(length - prefix);
    // Tokens of byte-level vocabularies are in arrays, and need not be whole characters.
    boolean strict = depth == 0;
    return new GgufValue.Text(
        GgufInput.decode(bytes, start, "a metadata value", strict, truncated), truncated);
  }

  private GgufValue.Array readArray(int depth) throws IOException {
    GgufInput.ArrayHead head = gguf.readArrayHead(depth);
    List<GgufValue> first = new ArrayList<>();
    while (first.size() < Math.min(head.count(), KEPT_ELEMENTS)
        && gguf.keep(GgufInput.ELEMENT_COST)) {
      first.add(readValue(head.elementType(), depth + 1));
    }
    skip(head.elementType(), head.count() - first.size(), depth + 1);
    return new GgufValue.Array(head.elementType(), head.count(), first);
  }

  private void skip(GgufType type, long count, int depth) throws IOException {
    switch (type) {
      case STRING -> {
        for (long i = 0; i < count; i++) {
          input.skip(gguf.readLength());
        }
      }
      case ARRAY -> {
        for (long i = 0; i < count; i++) {
          GgufInput.ArrayHead head = gguf.readArrayHead(depth);
          skip(head.elementType(), head.count(), depth + 1);
        }
      }
      case BOOL -> {
        for (long i = 0; i < count; i++) {
          gguf.readBool();
        }
      }
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, UINT64, INT64, FLOAT64 ->
          input.skip(count * type.bytes());
    }
  }
}

package dev.weighmaster.format.gguf;

import static dev.weighmaster.format.HostileText.quoted;

import dev.weighmaster.format.HeaderInput;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
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
  /** Models of today have about fifty. */
  static final int MAX_METADATA = 16_384;

  /** Models of today have about two thousand. */
  static final int MAX_TENSORS = 131_072;

  /** The specification's, in bytes. */
  static final int MAX_KEY_BYTES = 65_535;

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

  /** llama.cpp's limit for the elements of an array and the bytes of a string. */
  static final long MAX_LENGTH = 1 << 30;

  /** Of a file in pieces, so that no sum of lengths overflows. */
  private static final long MAX_BYTES = 1L << 60;

  static final int MAX_ARRAY_DEPTH = 8;

  /** Of a string value; the rest of a longer one is skipped. */
  static final int KEPT_TEXT_BYTES = 64 * 1024;

  /** Of a string in an array. */
  static final int KEPT_ELEMENT_BYTES = 256;

  /** Of an array, from its start. */
  static final int KEPT_ELEMENTS = 8;

  /** Of all keys and values together. */
  static final int KEPT_BYTES = 16 * 1024 * 1024;

  /** What an element that is kept takes beside its text. */
  private static final int ELEMENT_COST = 64;

  private static final int MAGIC = 0x46554747;

  private final HeaderInput input;
  private final boolean firstPiece;
  private int version;
  private int kept;

  private GgufReader(HeaderInput input, boolean firstPiece) {
    this.input = input;
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
    return new GgufReader(new HeaderInput(source), false).header();
  }

  /**
   * Reads the header of a file that was cut into pieces, of which the source is the first. That its
   * tensors go on beyond the source's end is no fault then: {@link GgufHeader#missingBytes} says by
   * how much.
   *
   * @see #read
   */
  public static GgufHeader readFirstPiece(ByteSource source) throws IOException {
    return new GgufReader(new HeaderInput(source), true).header();
  }

  private GgufHeader header() throws IOException {
    if (input.readInt() != MAGIC) {
      throw new MalformedWeightsException(0, "file does not begin with GGUF");
    }
    boolean bigEndian = readVersion();
    long tensorCount = readCount("tensors", MAX_TENSORS);
    long metadataCount = readCount("metadata entries", MAX_METADATA);
    List<GgufHeader.Entry> metadata = readMetadata(metadataCount);
    long alignment = alignment(metadata);
    List<GgufTensor> relative = readDirectory(tensorCount);
    return place(bigEndian, alignment, metadata, relative);
  }

  /** Whether the file is big-endian: then the version's low half is empty, read the other way. */
  private boolean readVersion() throws IOException {
    version = input.readInt();
    boolean bigEndian = (version & 0xFFFF) == 0;
    if (bigEndian) {
      version = Integer.reverseBytes(version);
      input.order(ByteOrder.BIG_ENDIAN);
    }
    if (version < 1 || version > 3) {
      throw new UnsupportedWeightsException(
          Integer.BYTES,
          "GGUF version %s is not known".formatted(Integer.toUnsignedString(version)));
    }
    return bigEndian;
  }

  private List<GgufHeader.Entry> readMetadata(long count) throws IOException {
    input.section("its metadata");
    List<GgufHeader.Entry> metadata = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    for (long i = 0; i < count; i++) {
      long start = input.offset();
      long length = readLength();
      if (length == 0 || length > MAX_KEY_BYTES) {
        throw new MalformedWeightsException(
            start, "a metadata key is %d bytes long, not 1 to %d".formatted(length, MAX_KEY_BYTES));
      }
      if (!keep((int) length + ELEMENT_COST)) {
        throw new MalformedWeightsException(
            start, "metadata takes more than %d bytes".formatted(KEPT_BYTES));
      }
      String key = readText((int) length, "a metadata key");
      if (!keys.add(key)) {
        throw new MalformedWeightsException(start, "metadata key %s twice".formatted(quoted(key)));
      }
      metadata.add(new GgufHeader.Entry(key, readValue(readType(), 0)));
    }
    return metadata;
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
      long length = readLength();
      if (length > MAX_TENSOR_NAME_BYTES) {
        // A length that the file can't have is a contradiction.
        input.skip(length);
        throw new UnsupportedWeightsException(
            start,
            "a tensor name is %d bytes long, not at most %d"
                .formatted(length, MAX_TENSOR_NAME_BYTES));
      }
      String name = readText((int) length, "a tensor name");
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
      input.skip(dimensions * lengthBytes());
      throw new UnsupportedWeightsException(
          start,
          "tensor %s has %d dimensions, more than %d"
              .formatted(quoted(name), dimensions, MAX_DIMENSIONS));
    }
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < dimensions; i++) {
      long dimension = readSize();
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
      boolean bigEndian, long alignment, List<GgufHeader.Entry> metadata, List<GgufTensor> relative)
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
        version,
        bigEndian,
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

  private GgufType readType() throws IOException {
    long start = input.offset();
    int id = input.readInt();
    return GgufType.of(id)
        .orElseThrow(
            () ->
                new MalformedWeightsException(
                    start, "there is no metadata value type %d".formatted(id)));
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
      case BOOL -> new GgufValue.Bool(readBool());
      case STRING -> readTextValue(depth);
      case ARRAY -> readArray(depth);
    };
  }

  private boolean readBool() throws IOException {
    byte value = input.readByte();
    if (value != 0 && value != 1) {
      throw new MalformedWeightsException(
          input.offset() - 1, "a BOOL is %d, not 0 or 1".formatted(value));
    }
    return value == 1;
  }

  private GgufValue.Text readTextValue(int depth) throws IOException {
    long length = readLength();
    int limit = depth == 0 ? KEPT_TEXT_BYTES : KEPT_ELEMENT_BYTES;
    int prefix = (int) Math.min(length, limit);
    if (!keep(prefix)) {
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
        decode(bytes, start, "a metadata value", strict, truncated), truncated);
  }

  private GgufValue.Array readArray(int depth) throws IOException {
    ArrayHead head = readArrayHead(depth);
    List<GgufValue> first = new ArrayList<>();
    while (first.size() < Math.min(head.count, KEPT_ELEMENTS) && keep(ELEMENT_COST)) {
      first.add(readValue(head.elementType, depth + 1));
    }
    skip(head.elementType, head.count - first.size(), depth + 1);
    return new GgufValue.Array(head.elementType, head.count, first);
  }

  private record ArrayHead(GgufType elementType, long count) {}

  private ArrayHead readArrayHead(int depth) throws IOException {
    long start = input.offset();
    if (depth == MAX_ARRAY_DEPTH) {
      throw new MalformedWeightsException(
          start, "arrays within arrays, more than %d deep".formatted(MAX_ARRAY_DEPTH));
    }
    GgufType elementType = readType();
    long count = readLength();
    if (count > input.remaining() / leastBytes(elementType)) {
      throw new MalformedWeightsException(
          start,
          "file ends within an array of %d elements of type %s".formatted(count, elementType));
    }
    return new ArrayHead(elementType, count);
  }

  private int leastBytes(GgufType type) {
    return switch (type) {
      case STRING -> lengthBytes();
      case ARRAY -> Integer.BYTES + lengthBytes();
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL, UINT64, INT64, FLOAT64 ->
          type.bytes();
    };
  }

  private void skip(GgufType type, long count, int depth) throws IOException {
    switch (type) {
      case STRING -> {
        for (long i = 0; i < count; i++) {
          input.skip(readLength());
        }
      }
      case ARRAY -> {
        for (long i = 0; i < count; i++) {
          ArrayHead head = readArrayHead(depth);
          skip(head.elementType, head.count, depth + 1);
        }
      }
      case BOOL -> {
        for (long i = 0; i < count; i++) {
          readBool();
        }
      }
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, UINT64, INT64, FLOAT64 ->
          input.skip(count * type.bytes());
    }
  }

  /** Whether there is room for so many bytes more. */
  private boolean keep(int bytes) {
    if (bytes > KEPT_BYTES - kept) {
      return false;
    }
    kept += bytes;
    return true;
  }

  private String readText(int length, String what) throws IOException {
    long start = input.offset();
    return decode(input.readBytes(length), start, what, true, false);
  }

  private static String decode(
      byte[] bytes, long start, String what, boolean strict, boolean truncated)
      throws MalformedWeightsException {
    var action = strict ? CodingErrorAction.REPORT : CodingErrorAction.REPLACE;
    CharBuffer text = CharBuffer.allocate(bytes.length);
    ByteBuffer encoded = ByteBuffer.wrap(bytes);
    try {
      var result =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(action)
              .decode(encoded, text, !truncated);
      if (result.isError()) {
        result.throwException();
      }
    } catch (CharacterCodingException e) {
      throw new MalformedWeightsException(
          start + encoded.position(), "%s is not UTF-8".formatted(what));
    }
    return text.flip().toString();
  }

  private long readCount(String what, int limit) throws IOException {
    long start = input.offset();
    long count = readSize();
    if (count < 0 || count > limit) {
      throw new MalformedWeightsException(
          start,
          "file claims %s %s, more than %d".formatted(Long.toUnsignedString(count), what, limit));
    }
    return count;
  }

  /** Of a string in bytes, or of an array in elements. */
  private long readLength() throws IOException {
    long start = input.offset();
    long length = readSize();
    if (length < 0 || length > MAX_LENGTH) {
      throw new MalformedWeightsException(
          start,
          "a length is %s, more than %d".formatted(Long.toUnsignedString(length), MAX_LENGTH));
    }
    return length;
  }

  /** Version 1 has 32 bits where later versions have 64. */
  private long readSize() throws IOException {
    return version == 1 ? Integer.toUnsignedLong(input.readInt()) : input.readLong();
  }

  private int lengthBytes() {
    return version == 1 ? Integer.BYTES : Long.BYTES;
  }
}

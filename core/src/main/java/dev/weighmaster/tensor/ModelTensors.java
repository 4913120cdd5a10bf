package dev.weighmaster.tensor;

import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.format.gguf.GgufHeader;
import dev.weighmaster.format.gguf.GgufReader;
import dev.weighmaster.format.gguf.GgufValueDigests;
import dev.weighmaster.format.safetensors.SafetensorsReader;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.quantization.SplitName;
import dev.weighmaster.quantization.SplitPart;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The tensors of one model, in however many files it is: a GGUF or a split set of them, a
 * safetensors file or the shards of an index.
 *
 * <p>Only headers are read here. What they claim is within each file, without holes or overlaps; no
 * name is in two files; and a split set is complete. Thread-safe.
 */
public final class ModelTensors {
  /** Of all files together; the largest models of today have about a hundred thousand. */
  static final int MAX_TENSORS = 262_144;

  /** Of all names together, in characters. */
  static final int MAX_NAMES = 16 << 20;

  /** Different shapes, which are in memory once each; models of today have a few dozen. */
  static final int MAX_SHAPES = 16_384;

  private final Storage storage;
  private final String folder;
  private final List<Storage.Entry> files;
  private final Map<String, Tensor> tensors;
  private final Optional<List<GgufHeader.Entry>> metadata;

  private ModelTensors(
      Storage storage,
      String folder,
      List<Storage.Entry> files,
      Map<String, Tensor> tensors,
      Optional<List<GgufHeader.Entry>> metadata) {
    this.storage = storage;
    this.folder = folder;
    this.files = files;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.metadata = metadata;
  }

  /**
   * Reads the headers of the model that a path names.
   *
   * @param path of a GGUF or safetensors file, of any part of a set of them, or of a {@code
   *     *.safetensors.index.json}
   * @throws UnreadableModelException if there is none or its headers are not sound, with the reason
   */
  public static ModelTensors open(Storage storage, String path) throws UnreadableModelException {
    try {
      return read(storage, StoragePaths.folder(path), ModelFiles.of(storage, path));
    } catch (IOException e) {
      throw UnreadableModelException.of(path, e);
    }
  }

  /**
   * Reads the headers of the files that make one model.
   *
   * @param paths at least one, in the set's order
   * @throws UnreadableModelException if one can't be read or is not sound, with the reason
   */
  public static ModelTensors open(Storage storage, List<String> paths)
      throws UnreadableModelException {
    List<Storage.Entry> files = new ArrayList<>();
    for (String path : paths) {
      try {
        files.add(ModelFiles.file(storage, path));
      } catch (IOException e) {
        throw UnreadableModelException.of(path, e);
      }
    }
    return openListed(storage, files);
  }

  /**
   * Reads the headers of the files that make one model, if they are still as they were listed.
   *
   * @param files at least one, in the set's order
   * @throws UnreadableModelException if one can't be read, has changed or is not sound, with the
   *     reason
   */
  public static ModelTensors openListed(Storage storage, List<Storage.Entry> files)
      throws UnreadableModelException {
    return read(storage, StoragePaths.folder(files.get(0).path()), List.copyOf(files));
  }

  private static ModelTensors read(Storage storage, String folder, List<Storage.Entry> files)
      throws UnreadableModelException {
    Directory directory = new Directory();
    for (int i = 0; i < files.size(); i++) {
      Storage.Entry file = files.get(i);
      try (ByteSource source = storage.open(file)) {
        directory.add(file.path(), i, source);
      } catch (IOException e) {
        throw UnreadableModelException.of(file.path(), e);
      }
    }
    Optional<Problem> incomplete = directory.incomplete();
    if (incomplete.isPresent()) {
      throw new UnreadableModelException(incomplete.get());
    }
    return new ModelTensors(storage, folder, files, directory.tensors, directory.metadata);
  }

  /** What the headers that have been read so far say. */
  private static final class Directory {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final TreeMap<Integer, SplitPart> parts = new TreeMap<>();
    private final Map<TensorType, TensorType> types = new HashMap<>();
    private final Map<List<Long>, List<Long>> shapes = new HashMap<>();
    private Optional<List<GgufHeader.Entry>> metadata = Optional.empty();
    private int count = 1;
    private long names;

    void add(String path, int file, ByteSource source) throws IOException {
      if (ModelFiles.isSafetensors(path)) {
        add(
            path,
            SafetensorsReader.read(source).tensors().stream().map(each -> Tensor.of(each, file)));
        return;
      }
      GgufHeader gguf = GgufReader.read(source);
      if (gguf.bigEndian()) {
        throw new UnsupportedWeightsException(0, "it is big-endian");
      }
      for (GgufHeader.Entry entry : gguf.metadata()) {
        mustNotEndEarly(path, entry.key());
      }
      metadata = metadata.or(() -> Optional.of(gguf.metadata()));
      SplitName place = SplitName.ofGguf(path);
      count = place.count();
      parts.put(place.index(), new SplitPart(path, gguf.summary().split(), gguf.tensors().size()));
      add(path, gguf.tensors().stream().map(each -> Tensor.of(each, file)));
    }

    /** What llama.cpp looks up ends at a NUL: a name with one is another one for it than here. */
    private static void mustNotEndEarly(String path, String name) throws IOException {
      if (name.indexOf('\0') >= 0) {
        throw ModelFiles.malformed(
            "%s has a NUL in the name %s".formatted(Quoted.line(path), Quoted.of(name)));
      }
    }

    private void add(String path, Stream<Tensor> found) throws IOException {
      for (Tensor tensor : (Iterable<Tensor>) found::iterator) {
        mustNotEndEarly(path, tensor.name());
        if (tensors.putIfAbsent(tensor.name(), shared(tensor)) != null) {
          throw ModelFiles.malformed(
              "tensor %s is in %s and in another file of the set"
                  .formatted(Quoted.of(tensor.name()), Quoted.line(path)));
        }
        names += tensor.name().length();
      }
      if (tensors.size() > MAX_TENSORS || names > MAX_NAMES || shapes.size() > MAX_SHAPES) {
        throw new UnsupportedWeightsException(
            0,
            "with it the set has more than %d tensors, %d shapes or %d characters in names"
                .formatted(MAX_TENSORS, MAX_SHAPES, MAX_NAMES));
      }
    }

    /** The same, holding what it has in common with others once. */
    private Tensor shared(Tensor tensor) {
      return new Tensor(
          tensor.name(),
          types.computeIfAbsent(tensor.type(), type -> type),
          shapes.computeIfAbsent(tensor.shape(), shape -> shape),
          tensor.elements(),
          tensor.file(),
          tensor.offset(),
          tensor.bytes());
    }

    Optional<Problem> incomplete() {
      return parts.isEmpty() ? Optional.empty() : SplitPart.incomplete(count, parts);
    }
  }

  /** In the order of the files and of their directories. */
  public Collection<Tensor> tensors() {
    return tensors.values();
  }

  public Optional<Tensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /**
   * The folder of the file by which it was opened, empty or ending in a slash: that of the index
   * where shards lie in others.
   */
  public String folder() {
    return folder;
  }

  /** The files as they were listed when their headers were read. */
  public List<Storage.Entry> files() {
    return files;
  }

  /** That of the first GGUF file, in its order; empty for safetensors. */
  public Optional<List<GgufHeader.Entry>> metadata() {
    return metadata;
  }

  /**
   * Reads the digests of the metadata's values, whole, by key; none for safetensors.
   *
   * @see GgufValueDigests
   */
  public Map<String, String> valueDigests() throws IOException {
    if (metadata.isEmpty()) {
      return Map.of();
    }
    try (ByteSource source = storage.open(files.get(0))) {
      return GgufValueDigests.read(source);
    }
  }

  /** Opens all bytes of a tensor of this model. */
  public TensorBytes read(Tensor tensor) throws IOException {
    return open(tensor, 0, tensor.bytes());
  }

  /**
   * Opens some rows of a tensor of this model.
   *
   * @throws IndexOutOfBoundsException if it has no such rows
   * @throws UnsupportedWeightsException if its rows share bytes
   */
  public TensorBytes read(Tensor tensor, long firstRow, long rows) throws IOException {
    Objects.checkFromIndexSize(firstRow, rows, tensor.rows());
    if (tensor.rows() > 0 && tensor.bytes() % tensor.rows() != 0) {
      throw new UnsupportedWeightsException(
          tensor.offset(), "the rows of tensor %s share bytes".formatted(Quoted.of(tensor.name())));
    }
    long rowBytes = tensor.rows() == 0 ? 0 : tensor.bytes() / tensor.rows();
    return open(tensor, firstRow * rowBytes, rows * rowBytes);
  }

  /**
   * Opens some bytes of a tensor of this model.
   *
   * @throws IndexOutOfBoundsException if it has no such bytes
   */
  public TensorBytes readBytes(Tensor tensor, long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, tensor.bytes());
    return open(tensor, offset, length);
  }

  private TensorBytes open(Tensor tensor, long offset, long length) throws IOException {
    Storage.Entry file = files.get(tensor.file());
    return TensorBytes.open(storage, file, tensor.offset() + offset, length);
  }
}

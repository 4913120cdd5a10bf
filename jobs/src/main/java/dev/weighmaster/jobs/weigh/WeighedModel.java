package dev.weighmaster.jobs.weigh;

import dev.weighmaster.audit.AttestedBounds;
import dev.weighmaster.audit.ClaimsBeside;
import dev.weighmaster.conversion.SafetensorsSource;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.packing.PackedModel;
import dev.weighmaster.packing.PackingConfig;
import dev.weighmaster.packing.PackingConfigReader;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SameNames;
import dev.weighmaster.tensor.SourceModel;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.weigh.ModelWeigher;
import dev.weighmaster.weigh.Weigher;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.packed.PackedWeigher;
import java.io.Closeable;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A model that is weighed, or that one is weighed against. Thread-safe.
 *
 * <p>Its reads are counted for the progress of whoever weighs it.
 */
public final class WeighedModel implements Closeable {
  private final ModelPlace place;
  private final CountedReads storage;
  private final ModelTensors tensors;
  private final String name;
  private final Optional<SourceModel> repository;
  private final Optional<PackedModel> packed;
  private final List<WeighedFile> files;

  private WeighedModel(
      ModelPlace place,
      CountedReads storage,
      ModelTensors tensors,
      String name,
      Optional<SourceModel> repository,
      Optional<PackedModel> packed) {
    this.place = place;
    this.storage = storage;
    this.tensors = tensors;
    this.name = name;
    this.repository = repository;
    this.packed = packed;
    this.files = tensors.files().stream().map(file -> new WeighedFile(storage, file)).toList();
  }

  /**
   * Opens a quantization.
   *
   * @param address path or URI of a file, of any part of a set, or of a folder with one
   *     quantization: a GGUF, or one of safetensors
   * @throws IOException if there is none or it can't be read, with a message for the user
   */
  public static WeighedModel quantization(String address) throws IOException {
    return open(address, FolderModels::quantization);
  }

  /**
   * Opens a source.
   *
   * @param address path or URI of a file, of any part of a set, or of a folder with one model of
   *     safetensors or one GGUF in full precision
   * @throws IOException if there is none or it can't be read, with a message for the user
   */
  public static WeighedModel source(String address) throws IOException {
    return open(address, FolderModels::source);
  }

  /** Finds the model of a folder. */
  private interface Choice {
    String in(ModelPlace folder) throws IOException;
  }

  private static WeighedModel open(String address, Choice choice) throws IOException {
    ModelPlace place = ModelPlace.of(address);
    try {
      boolean folder = place.entry().type() == Storage.Type.DIRECTORY;
      String path = folder ? choice.in(place) : place.path();
      CountedReads storage = new CountedReads(place.storage());
      ModelTensors tensors = ModelTensors.open(storage, path);
      if (tensors.metadata().isPresent()) {
        return new WeighedModel(
            place,
            storage,
            tensors,
            tensors.files().get(0).name(),
            Optional.empty(),
            Optional.empty());
      }
      PackingConfig config = PackingConfigReader.beside(storage, tensors.folder());
      return new WeighedModel(
          place,
          storage,
          tensors,
          folder ? StoragePaths.lastName(place.path()) : StoragePaths.lastName(path),
          Optional.of(SafetensorsSource.open(storage, tensors)),
          Optional.of(PackedModel.of(tensors, config)));
    } catch (UnreadableModelException e) {
      place.storage().close();
      throw e.shown(place::shown);
    } catch (IOException | RuntimeException e) {
      place.storage().close();
      throw e;
    }
  }

  /** A path of its storage, as whoever wrote the model's address would write it. */
  String shown(String path) {
    return place.shown(path);
  }

  /** What compares it with a source. */
  ModelWeigher weigher(WeighedModel source, Imatrices imatrices, Depth depth) {
    if (packed.isPresent()) {
      return new PackedWeigher(tensors, packed.get(), source.tensors, depth);
    }
    return new Weigher(
        tensors,
        source.repository.orElseGet(() -> new SameNames(source.tensors)),
        imatrices.all().stream().flatMap(found -> found.named().stream()).toList(),
        depth);
  }

  /** Whether it is a GGUF, and not a repository of safetensors. */
  public boolean isGguf() {
    return packed.isEmpty();
  }

  /**
   * How its configuration calls the method by which it was quantized, in upper case: hostile text;
   * empty if it has none.
   */
  public Optional<String> method() {
    return packed.map(model -> model.config().method()).filter(method -> !method.isEmpty());
  }

  public ModelTensors tensors() {
    return tensors;
  }

  /**
   * Whether some tensor has a quantized type, or is stored as no publisher of sources stores it.
   */
  public boolean isQuantized() {
    return packed.filter(WeighedModel::isQuantized).isPresent()
        || tensors.tensors().stream()
            .anyMatch(tensor -> tensor.type().ggml().filter(GgmlType::quantized).isPresent());
  }

  /** Models are published with weights of FP8 and of MXFP4, too. */
  private static boolean isQuantized(PackedModel model) {
    return !model.unpackable().isEmpty()
        || model.matrices().stream().anyMatch(matrix -> matrix.codes().integer());
  }

  /** Last name of its first file, or of its folder for a repository: hostile text. */
  public String name() {
    return name;
  }

  /** In the set's order. */
  public List<WeighedFile> files() {
    return files;
  }

  /**
   * The error bounds that attestations in its folder claim.
   *
   * @throws IOException if the folder can't be listed or a sidecar changes meanwhile
   */
  public ClaimsBeside claims() throws IOException {
    return ClaimsBeside.read(storage, tensors.files());
  }

  /**
   * What of these claims is about it, once its files have digests.
   *
   * @throws java.util.NoSuchElementException if one has none and there are claims
   */
  public List<AttestedBounds> attestedBounds(ClaimsBeside claims) {
    return claims.isEmpty() ? List.of() : claims.of(digests());
  }

  private Set<String> digests() {
    return files.stream().map(file -> file.sha256().orElseThrow()).collect(Collectors.toSet());
  }

  /** Its files by the root of their storage and the path there, without links. */
  public Set<String> realPaths() throws IOException {
    Set<String> paths = new HashSet<>();
    for (Storage.Entry file : tensors.files()) {
      paths.add(realPath(storage, file.path()));
    }
    return paths;
  }

  static String realPath(Storage storage, String path) throws IOException {
    return storage.root() + "/" + storage.real(path);
  }

  CountedReads storage() {
    return storage;
  }

  @Override
  public void close() throws IOException {
    storage.close();
  }
}

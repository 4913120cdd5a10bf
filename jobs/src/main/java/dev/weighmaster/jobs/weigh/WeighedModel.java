package dev.weighmaster.jobs.weigh;

import dev.weighmaster.audit.AttestedBounds;
import dev.weighmaster.audit.ClaimsBeside;
import dev.weighmaster.conversion.SafetensorsSource;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.SameNames;
import dev.weighmaster.tensor.SourceModel;
import dev.weighmaster.tensor.UnreadableModelException;
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
  private final List<WeighedFile> files;

  private WeighedModel(
      ModelPlace place,
      CountedReads storage,
      ModelTensors tensors,
      String name,
      Optional<SourceModel> repository) {
    this.place = place;
    this.storage = storage;
    this.tensors = tensors;
    this.name = name;
    this.repository = repository;
    this.files = tensors.files().stream().map(file -> new WeighedFile(storage, file)).toList();
  }

  /**
   * Opens a quantization.
   *
   * @param address path or URI of a file, of any part of a split set, or of a folder with one
   *     quantization
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
            place, storage, tensors, tensors.files().get(0).name(), Optional.empty());
      }
      return new WeighedModel(
          place,
          storage,
          tensors,
          folder ? StoragePaths.lastName(place.path()) : StoragePaths.lastName(path),
          Optional.of(SafetensorsSource.open(storage, tensors)));
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

  /** What a quantization is compared with where this is its source. */
  SourceModel asSourceOf(WeighedModel quantization) {
    return quantization.tensors().metadata().isPresent() && repository.isPresent()
        ? repository.get()
        : new SameNames(tensors);
  }

  public ModelTensors tensors() {
    return tensors;
  }

  /** Whether some tensor has a quantized type. */
  public boolean isQuantized() {
    return tensors.tensors().stream()
        .anyMatch(tensor -> tensor.type().ggml().filter(GgmlType::quantized).isPresent());
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

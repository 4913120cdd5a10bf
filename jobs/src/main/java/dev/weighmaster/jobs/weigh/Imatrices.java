package dev.weighmaster.jobs.weigh;

import dev.weighmaster.format.WeightsSummary.Role;
import dev.weighmaster.format.gguf.GgufFormat;
import dev.weighmaster.format.gguf.GgufHeader;
import dev.weighmaster.format.gguf.GgufReader;
import dev.weighmaster.format.gguf.GgufValue;
import dev.weighmaster.imatrix.Imatrix;
import dev.weighmaster.io.ByteSource;
import dev.weighmaster.io.Storage;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.io.StoragePaths;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.verdict.Quoted;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The importance matrices that a weighing tries, and the storage of one that was given. */
public final class Imatrices implements Closeable {
  /** Each makes a weighing slower; publishers have one, or one in each form. */
  static final int MOST_TRIED = 8;

  private static final String FILE_KEY = "quantize.imatrix.file";

  /** As publishers name them: imatrix.dat, MODEL.imatrix, MODEL-imatrix.gguf, imatrix_LAB.gguf. */
  private static final Pattern NAME =
      Pattern.compile("(?is).*imatrix.*\\.(?:dat|gguf)|.*\\.imatrix");

  private final List<FoundImatrix> all;
  private final Set<String> realPaths;
  private final Optional<Storage> storage;

  private Imatrices(List<FoundImatrix> all, Set<String> realPaths, Optional<Storage> storage) {
    this.all = List.copyOf(all);
    this.realPaths = Set.copyOf(realPaths);
    this.storage = storage;
  }

  /** No importance matrix. */
  public static Imatrices none() {
    return new Imatrices(List.of(), Set.of(), Optional.empty());
  }

  /**
   * Opens an importance matrix that was asked for.
   *
   * @param address path or URI
   * @throws IOException if it can't be used, with a message for the user
   */
  public static Imatrices given(String address) throws IOException {
    ModelPlace place = ModelPlace.of(address);
    try {
      Storage.Entry file = place.entry();
      if (file.type() != Storage.Type.FILE) {
        throw new IOException(address + " is not a file");
      }
      Imatrix imatrix = Imatrix.open(place.storage(), file.path());
      return new Imatrices(
          List.of(FoundImatrix.usable(place.storage(), imatrix)),
          Set.of(WeighedModel.realPath(place.storage(), file.path())),
          Optional.of(place.storage()));
    } catch (UnreadableModelException e) {
      place.storage().close();
      throw e.shown(place::shown);
    } catch (IOException | RuntimeException e) {
      place.storage().close();
      throw e;
    }
  }

  /**
   * Finds the importance matrices in a quantization's folder: by their usual names, and by the name
   * that the quantization's header gives, of which only the last name counts: it is hostile. One
   * that can't be used is among them.
   *
   * @throws IOException if the folder can't be listed
   */
  public static Imatrices beside(WeighedModel quantization) throws IOException {
    Storage storage = quantization.storage();
    Set<String> own =
        quantization.tensors().files().stream()
            .map(Storage.Entry::path)
            .collect(Collectors.toSet());
    String folder = StoragePaths.folder(quantization.tensors().files().get(0).path());
    Optional<String> named = namedBy(quantization);
    List<Storage.Entry> candidates =
        list(storage, folder).stream()
            .filter(entry -> entry.type() == Storage.Type.FILE && !own.contains(entry.path()))
            .filter(
                entry ->
                    named.equals(Optional.of(entry.name())) || NAME.matcher(entry.name()).matches())
            .sorted(
                Comparator.comparing(
                        (Storage.Entry entry) -> !named.equals(Optional.of(entry.name())))
                    .thenComparing(Storage.Entry::name))
            .toList();
    List<FoundImatrix> found = new ArrayList<>();
    Set<String> realPaths = new HashSet<>();
    for (Storage.Entry candidate : candidates) {
      if (found.stream().filter(each -> each.imatrix().isPresent()).count() == MOST_TRIED) {
        found.add(
            FoundImatrix.unusable(
                candidate.name(),
                "%s: %d others were found first"
                    .formatted(Quoted.line(quantization.shown(candidate.path())), MOST_TRIED)));
        break;
      }
      realPaths.add(WeighedModel.realPath(storage, candidate.path()));
      open(quantization, candidate).ifPresent(found::add);
    }
    return new Imatrices(found, realPaths, Optional.empty());
  }

  private static List<Storage.Entry> list(Storage storage, String folder) throws IOException {
    try {
      return storage.list(folder.isEmpty() ? "" : folder.substring(0, folder.length() - 1));
    } catch (IOException e) {
      throw new IOException(
          "the folder of the quantization can't be listed for an importance matrix: "
              + StorageFailure.reason(e),
          e);
    }
  }

  /** The header is hostile, and it mostly has a path of the quantizer's own disk. */
  private static Optional<String> namedBy(WeighedModel quantization) {
    return quantization.tensors().metadata().stream()
        .flatMap(List::stream)
        .filter(entry -> entry.key().equals(FILE_KEY))
        .map(GgufHeader.Entry::value)
        .filter(value -> value instanceof GgufValue.Text text && !text.truncated())
        .map(GgufValue::display)
        .map(path -> path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1))
        .findFirst();
  }

  /** Empty for a model that is only named like an importance matrix. */
  private static Optional<FoundImatrix> open(WeighedModel quantization, Storage.Entry file) {
    Storage storage = quantization.storage();
    try {
      return isModel(storage, file)
          ? Optional.empty()
          : Optional.of(FoundImatrix.usable(storage, Imatrix.open(storage, file.path())));
    } catch (IOException e) {
      return Optional.of(
          FoundImatrix.unusable(
              file.name(),
              UnreadableModelException.of(file.path(), e)
                  .shown(quantization::shown)
                  .problem()
                  .detail()));
    }
  }

  private static boolean isModel(Storage storage, Storage.Entry file) throws IOException {
    if (!GgufFormat.GGUF.hasName(file.name().toLowerCase(Locale.ROOT))) {
      return false;
    }
    try (ByteSource bytes = storage.open(file)) {
      return GgufReader.read(bytes).summary().role() != Role.IMATRIX;
    }
  }

  /** In the order in which they are tried. */
  public List<FoundImatrix> all() {
    return all;
  }

  /** The files of those that are tried. */
  public List<WeighedFile> files() {
    return all.stream().flatMap(found -> found.file().stream()).toList();
  }

  /** Their files, as {@link WeighedModel#realPaths} has them. */
  public Set<String> realPaths() {
    return realPaths;
  }

  @Override
  public void close() throws IOException {
    if (storage.isPresent()) {
      storage.get().close();
    }
  }
}

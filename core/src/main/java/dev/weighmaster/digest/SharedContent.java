package dev.weighmaster.digest;

import dev.weighmaster.hub.FileKind;
import dev.weighmaster.hub.HubFile;
import dev.weighmaster.hub.LoaderConfigReader;
import dev.weighmaster.hub.PieceName;
import dev.weighmaster.io.StoragePaths;
import java.util.List;
import java.util.Locale;

/**
 * What paths must have in common so that one reading serves them all, if a storage's etags identify
 * files. Links lead to one file, and what is found in it depends on its kind.
 *
 * @param config the last name, which tells one configuration or index from another, or that it is a
 *     piece; otherwise empty
 */
public record SharedContent(
    String etag, long size, FileKind kind, String config, List<DigestSeries> series) {
  public SharedContent {
    series = List.copyOf(series);
  }

  /** The content of a file that can be read, and has an etag. */
  public static SharedContent of(HubFile file, List<DigestSeries> series) {
    String last = StoragePaths.lastName(file.name()).toLowerCase(Locale.ROOT);
    return new SharedContent(
        file.etag().orElseThrow(),
        file.size(),
        file.kind(),
        declares(file, last) ? last : piece(file),
        series);
  }

  private static boolean declares(HubFile file, String last) {
    return file.kind() == FileKind.CONFIG
        || LoaderConfigReader.reads(last)
        || FileKind.isIndex(last);
  }

  /**
   * The first piece of a GGUF file is read as one, where another file of its bytes is read whole.
   */
  private static String piece(HubFile file) {
    return PieceName.of(file.name()).isPresent() ? "piece" : "";
  }

  /** Whether a file has what this goes by. */
  public static boolean tells(HubFile file) {
    return file.problem().isEmpty() && file.etag().isPresent();
  }
}

package dev.weighmaster.quantization;

import dev.weighmaster.digest.ScannedFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds what gets a verdict among the files of a repository.
 *
 * <p>What may be a quantization but can't be judged, because it is malformed, unreadable or not all
 * there, is one with a problem: nothing leaves the audit by being broken.
 */
public final class QuantizationFinder {
  private QuantizationFinder() {}

  /**
   * The quantizations of one repository, sorted by name.
   *
   * @param files all files of one repository at one revision, in any order
   */
  public static List<Quantization> find(List<ScannedFile> files) {
    List<ScannedFile> inOrder =
        files.stream().sorted(Comparator.comparing(FoundFiles::name)).toList();
    List<Quantization> found = new ArrayList<>(GgufSet.quantizations(inOrder));
    found.addAll(ModelFolders.quantizations(inOrder));
    found.sort(Comparator.comparing(Quantization::name).thenComparing(Quantization::format));
    return found;
  }

  /**
   * What nothing but an attestation shows to be one quantization: of the method UNKNOWN, and of the
   * format {@code unknown} where the files' names do not tell it either.
   *
   * @param files at least one, sorted by name
   */
  public static Quantization attested(List<ScannedFile> files) {
    return ModelFolders.attested(files);
  }
}

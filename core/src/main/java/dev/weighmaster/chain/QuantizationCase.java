package dev.weighmaster.chain;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.attest.RootDigest;
import dev.weighmaster.hub.ModelCard;
import dev.weighmaster.quantization.LoaderExtra;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.verdict.Problem;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A quantization with all evidence from its own repository.
 *
 * @param digest of its one file, or the OMS root digest over its files in the order of their names;
 *     empty where one could not be read
 * @param files those that could be read
 * @param models root digests of its own repository's models that hold one of its files
 * @param cardProblem why it is not known what the repository's model card declares
 * @param attestations of the repository that cover the quantization, in the order of their names
 * @param signatures of the repository, those first whose signers the policy names
 * @param alsoLoaded what a loader reads with the weights, though no named signer covers it
 */
public record QuantizationCase(
    Quantization quantization,
    Optional<String> digest,
    List<FileDigest> files,
    List<String> models,
    Optional<ModelCard> card,
    Optional<Problem> cardProblem,
    List<Attestation> attestations,
    List<ModelSignature> signatures,
    List<LoaderExtra> alsoLoaded) {
  public QuantizationCase {
    files = List.copyOf(files);
    models = List.copyOf(models);
    attestations = List.copyOf(attestations);
    signatures = List.copyOf(signatures);
    alsoLoaded = List.copyOf(alsoLoaded);
  }

  /**
   * The digest of a quantization's files.
   *
   * @param files all of them, at least one, in any order
   */
  public static String digestOf(List<FileDigest> files) {
    if (files.size() == 1) {
      return files.get(0).sha256();
    }
    return RootDigest.of(
        files.stream()
            .sorted(Comparator.comparing(FileDigest::name, CanonicalPath.CODE_POINT_ORDER))
            .map(file -> new Resource(file.name(), 0, Optional.empty(), file.sha256()))
            .toList());
  }
}

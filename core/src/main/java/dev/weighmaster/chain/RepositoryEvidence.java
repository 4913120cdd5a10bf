package dev.weighmaster.chain;

import dev.weighmaster.hub.HubFile;
import dev.weighmaster.quantization.Quantization;
import dev.weighmaster.verdict.Problem;
import java.util.List;
import java.util.Optional;

/**
 * What the files and statements of one repository show by themselves, without looking at another
 * repository; gathered by {@link EvidenceGatherer}.
 *
 * @param cases one a quantization
 * @param sources everything of the repository that an attestation elsewhere can name
 * @param signatures its model signatures, held against its files
 * @param statements its other statements, held against its files
 */
public record RepositoryEvidence(
    List<QuantizationCase> cases,
    List<Source> sources,
    List<ModelSignature> signatures,
    List<HeldStatement> statements) {
  public RepositoryEvidence {
    cases = List.copyOf(cases);
    sources = List.copyOf(sources);
    signatures = List.copyOf(signatures);
    statements = List.copyOf(statements);
  }

  /** What stands for a repository whose evidence could not be gathered. */
  public static RepositoryEvidence unjudged(String repository, String revision, Problem problem) {
    QuantizationCase whole =
        new QuantizationCase(
            Quantization.unjudged(repository, revision, HubFile.REPOSITORY_FOLDER, problem),
            Optional.empty(),
            List.of(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of());
    Source unread =
        new Source(
            new SourceKey.OfModel(repository),
            repository,
            revision,
            "",
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            Optional.of(problem),
            Optional.empty());
    return new RepositoryEvidence(List.of(whole), List.of(unread), List.of(), List.of());
  }
}

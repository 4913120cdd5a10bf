package dev.weighmaster.jobs.verify;

import dev.weighmaster.audit.AttestationStore;
import dev.weighmaster.audit.HubBounds;
import dev.weighmaster.audit.HubSources;
import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.hub.Repository;
import dev.weighmaster.io.Storage;
import dev.weighmaster.signature.BundleVerifier;
import java.io.IOException;
import java.util.Optional;

/**
 * Judges one repository of a hub by the same functions as an audit, without Spark.
 *
 * @param elsewhere statements that are kept away from the weights
 * @param measures whether claimed error bounds are held against the weights, which decodes those of
 *     a quantization and of its source
 */
public record RepositoryCheck(
    Storage storage, BundleVerifier verifier, AttestationStore elsewhere, boolean measures) {

  /**
   * Reads a repository and what its chains lead to, and judges it.
   *
   * @param file judge only the quantization that this file is part of, if it is part of one
   * @throws IOException if the repository can't be listed
   * @throws java.io.UncheckedIOException if the hub can't be listed where a source is looked for
   */
  public RepositoryVerdict of(Repository repository, Optional<String> file) throws IOException {
    ChainJudge judge = new ChainJudge(verifier.policy());
    HubSources sources = new HubSources(storage, verifier, elsewhere, judge);
    Optional<HubBounds> bounds =
        measures ? Optional.of(new HubBounds(storage, sources, elsewhere)) : Optional.empty();
    return RepositoryVerdict.of(
        repository, sources.evidence(repository), judge, sources, bounds, file);
  }
}

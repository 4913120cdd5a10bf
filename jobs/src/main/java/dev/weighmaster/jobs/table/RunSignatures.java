package dev.weighmaster.jobs.table;

import dev.weighmaster.attest.CanonicalPath;
import dev.weighmaster.attest.ModelManifest;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.chain.AuditorCheck;
import dev.weighmaster.chain.AuditorCheck.Audited;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.io.StorageFailure;
import dev.weighmaster.jobs.table.RunSignature.State;
import dev.weighmaster.signature.SignatureCheck;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Checks the signatures of a table's runs: OMS bundles over the Parquet files of each. */
final class RunSignatures {
  private final AuditTable audits;
  private final AuditorCheck auditors;

  RunSignatures(AuditTable audits, TrustPolicy policy) {
    this.audits = audits;
    this.auditors = new AuditorCheck(policy);
  }

  /**
   * Checks one run's.
   *
   * @param resources every Parquet file of the run, by the digest just computed
   */
  RunSignature check(String run, List<Resource> resources) {
    Optional<byte[]> bundle;
    try {
      bundle = audits.signatures().read(run);
    } catch (IOException e) {
      return RunSignature.unknown(StorageFailure.reason(e));
    }
    return bundle
        .map(bytes -> check(auditors.run(audits.signatures().name(run), bytes), resources))
        .orElseGet(RunSignature::unsigned);
  }

  private static RunSignature check(Audited audited, List<Resource> resources) {
    Optional<Problem> problem = audited.problem();
    if (problem.isPresent() && problem.get().reason().verdict() == Verdict.BROKEN) {
      return RunSignature.broken(problem.get().detail());
    }
    Optional<String> difference =
        audited.statement().manifest().flatMap(signed -> difference(signed, resources));
    if (difference.isPresent()) {
      return RunSignature.broken(difference.get());
    }
    SignatureCheck check = audited.statement().signature();
    return problem
        .map(why -> new RunSignature(State.NOT_TRUSTED, check.signer(), why.detail()))
        .orElseGet(() -> trusted(check.signer().orElseThrow()));
  }

  private static RunSignature trusted(Signer signer) {
    return new RunSignature(
        State.TRUSTED,
        Optional.of(signer),
        "signed by " + Quoted.line(signer.identity()) + ", an auditor of the policy");
  }

  /** A run is signed whole: each of its files, and no other. */
  private static Optional<String> difference(ModelManifest signed, List<Resource> resources) {
    if (signed.hashType() != HashType.SHA256 || signed.shardSize().isPresent()) {
      return Optional.of("it does not list the sha256 of whole files");
    }
    Map<String, String> listed = new TreeMap<>(CanonicalPath.CODE_POINT_ORDER);
    signed.resources().forEach(resource -> listed.put(resource.path(), resource.digest()));
    for (Resource file : resources) {
      Optional<String> digest = Optional.ofNullable(listed.remove(file.path()));
      if (digest.isEmpty()) {
        return Optional.of("it does not list " + Quoted.line(file.path()));
      }
      if (!digest.get().equals(file.digest())) {
        return Optional.of(
            "%s hashes to sha256:%s, and it lists sha256:%s"
                .formatted(Quoted.line(file.path()), file.digest(), digest.get()));
      }
    }
    return listed.keySet().stream()
        .findFirst()
        .map(path -> "it lists " + Quoted.line(path) + ", which is missing");
  }
}

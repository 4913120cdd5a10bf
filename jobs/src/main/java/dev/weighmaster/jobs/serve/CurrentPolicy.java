package dev.weighmaster.jobs.serve;

import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.TrustPolicy;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The policy as its files are now: a revocation counts from the next verification on, without a
 * restart. Thread-safe.
 */
public final class CurrentPolicy {
  private final Optional<Path> file;
  private BundleVerifier newest;

  /**
   * Reads the policy for the first time.
   *
   * @param file empty for the policy that trusts nobody
   */
  public CurrentPolicy(Optional<Path> file) throws PolicyException {
    this.file = file;
    this.newest =
        new BundleVerifier(file.isPresent() ? TrustPolicy.load(file.get()) : TrustPolicy.none());
  }

  /**
   * The verifier under the policy; the same object as long as the policy's files are the same.
   *
   * @throws PolicyException if the policy can't be read any more
   */
  synchronized BundleVerifier verifier() throws PolicyException {
    if (file.isPresent()) {
      TrustPolicy now = TrustPolicy.load(file.get());
      TrustPolicy before = newest.policy();
      if (!now.digest().equals(before.digest())
          || !now.trustRootFiles().equals(before.trustRootFiles())) {
        newest = new BundleVerifier(now);
      }
    }
    return newest;
  }
}

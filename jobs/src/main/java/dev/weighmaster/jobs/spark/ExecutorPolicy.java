package dev.weighmaster.jobs.spark;

import dev.weighmaster.chain.ChainJudge;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TrustPolicy;
import java.io.Serializable;
import java.util.Optional;

/**
 * The trust policy as it is broadcast: its bytes travel, and each process parses it and makes its
 * trust roots ready once. Thread-safe.
 */
public final class ExecutorPolicy implements Serializable {
  private static final long serialVersionUID = 1L;

  private final PolicySource source;

  private transient TrustPolicy policy;
  private transient BundleVerifier verifier;

  /**
   * @param source empty for a policy that trusts nobody
   */
  public ExecutorPolicy(Optional<PolicySource> source) {
    this.source = source.orElse(null);
  }

  /** The policy, parsed once in each process. */
  public synchronized TrustPolicy policy() {
    if (policy == null) {
      policy = parse();
    }
    return policy;
  }

  /** A verifier by the policy, made ready once in each process. */
  public synchronized BundleVerifier verifier() {
    if (verifier == null) {
      verifier = new BundleVerifier(policy());
    }
    return verifier;
  }

  /** A new judge by the policy. */
  public ChainJudge judge() {
    return new ChainJudge(policy());
  }

  private TrustPolicy parse() {
    try {
      return source == null ? TrustPolicy.none() : TrustPolicy.parse(source);
    } catch (PolicyException e) {
      throw new IllegalStateException("the driver has parsed this policy already", e);
    }
  }
}

package dev.weighmaster.signature;

import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TrustPolicy;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The policy of a signer that checks its own bundles: one trust root, and nobody trusted by it. */
public final class OwnRoot {
  private OwnRoot() {}

  /**
   * That policy, which checks whether a signature holds, and lets nobody count.
   *
   * @param kind the key of the trust root's file in a policy
   */
  public static TrustPolicy policy(String kind, byte[] file) throws PolicyException {
    String policy = "version: 1\ntrust_roots: [{name: self, " + kind + ": self}]";
    return TrustPolicy.parse(
        PolicySource.of("self", policy.getBytes(StandardCharsets.US_ASCII), Map.of("self", file)));
  }
}

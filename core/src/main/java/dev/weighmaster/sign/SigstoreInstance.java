package dev.weighmaster.sign;

import dev.sigstore.trustroot.Service;
import dev.sigstore.trustroot.SigstoreConfigurationException;
import dev.sigstore.trustroot.SigstoreSigningConfig;
import dev.weighmaster.signature.OwnRoot;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.trust.TrustRoot.SigstoreRoot;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A Sigstore instance to sign by: its services, and the trust root under which what they give is
 * checked. Immutable.
 */
public final class SigstoreInstance {
  private final TrustPolicy policy;
  private final SigstoreSigningConfig services;

  private SigstoreInstance(TrustPolicy policy, SigstoreSigningConfig services) {
    this.policy = policy;
    this.services = services;
  }

  /**
   * Reads the two files that describe an instance.
   *
   * @param trustedRoot a {@code trusted_root.json}, version 0.1
   * @param signingConfig a {@code signing_config.json}, version 0.2
   * @throws SigningException if one of them is malformed
   */
  public static SigstoreInstance of(byte[] trustedRoot, byte[] signingConfig)
      throws SigningException {
    try {
      return new SigstoreInstance(
          OwnRoot.policy("sigstore", trustedRoot),
          SigstoreSigningConfig.from(new ByteArrayInputStream(signingConfig)));
    } catch (PolicyException e) {
      Throwable ofTheFile = e.getCause() == null ? e : e.getCause();
      throw new SigningException("the trusted root can't be used: it " + ofTheFile.getMessage());
    } catch (SigstoreConfigurationException | RuntimeException e) {
      throw new SigningException("the signing configuration can't be read: " + e.getMessage());
    }
  }

  /** Under which the instance's bundles hold. */
  TrustPolicy policy() {
    return policy;
  }

  SigstoreRoot root() {
    return (SigstoreRoot) policy.roots().get(0);
  }

  Service certificateAuthority() throws SigningException {
    return select(services.getCas(), 1)
        .orElseThrow(() -> missing("certificate authority (Fulcio, version 1)"));
  }

  /** Rekor, of major version 2 where there is one, or else 1. */
  Service transparencyLog() throws SigningException {
    return one(services.getTLogs(), services.getTLogConfig(), 1, 2)
        .orElseThrow(() -> missing("transparency log (Rekor, version 1 or 2)"));
  }

  Optional<Service> timestampAuthority() throws SigningException {
    return services.getTsas().isEmpty()
        ? Optional.empty()
        : one(services.getTsas(), services.getTsaConfig(), 1);
  }

  Optional<Service> identityProvider() {
    return select(services.getOidcProviders(), 1);
  }

  private static Optional<Service> one(
      List<Service> services, Service.Config config, Integer... versions) throws SigningException {
    boolean one =
        switch (config.getSelector()) {
          case ANY -> true;
          case EXACT -> config.getCount().orElse(0) == 1;
          case ALL -> services.size() == 1;
        };
    if (!one) {
      throw new SigningException(
          "the signing configuration asks for several logs or timestamp authorities, a model's"
              + " signature has one of each");
    }
    return select(services, versions);
  }

  /** sigstore-java takes the highest version among services that have ended, too. */
  private static Optional<Service> select(List<Service> services, Integer... versions) {
    Instant now = Instant.now();
    return Service.select(
        services.stream().filter(service -> service.getValidFor().contains(now)).toList(),
        List.of(versions));
  }

  private static SigningException missing(String what) {
    return new SigningException("the signing configuration names no " + what + " in use now");
  }
}

package dev.weighmaster.signature;

import dev.weighmaster.attest.MalformedStatementException;
import dev.weighmaster.attest.StatementReader;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import dev.weighmaster.trust.EcdsaAlgorithm;
import dev.weighmaster.trust.KeyFingerprint;
import dev.weighmaster.trust.KeyRecovery;
import dev.weighmaster.trust.PemCertificates;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;

/**
 * A signer under no trust root of a policy, as the bundle alone shows it: what a person needs to
 * decide whether to trust it. Nothing here makes anybody trusted.
 *
 * @param signer with an empty trust root; empty for a key that the bundle does not name by a digest
 * @param root the key or the authority's certificate in PEM, under which the bundle holds; empty
 *     where the bundle does not show it
 * @param logged whether the bundle brings an entry of a transparency log along
 */
public record UnknownSigner(
    SigningMethod method, Optional<Signer> signer, Optional<Root> root, boolean logged) {

  /**
   * The trust root that the signer needs.
   *
   * @param certificate of an authority; empty for a key
   */
  public record Root(String pem, Optional<X509Certificate> certificate) {}

  /**
   * Finds out who signed the bundles of a sidecar, without a trust root.
   *
   * @return by the line of each, from 1; none where one is malformed, or does not hold under what
   *     it shows itself
   */
  public static Map<Integer, UnknownSigner> in(byte[] sidecar, Clock clock) {
    Map<Integer, UnknownSigner> signers = new TreeMap<>();
    try {
      JsonFields.parse(sidecar);
      of(sidecar, clock).ifPresent(signer -> signers.put(1, signer));
    } catch (MalformedJsonException e) {
      // One a line, as BundleVerifier takes it, which says what is wrong with the others.
      int line = 0;
      for (int start = 0; start < sidecar.length && line < BundleVerifier.MAX_LINES; ) {
        int end = start;
        while (end < sidecar.length && sidecar[end] != '\n') {
          end++;
        }
        int number = ++line;
        of(Arrays.copyOfRange(sidecar, start, end), clock)
            .ifPresent(signer -> signers.put(number, signer));
        start = end + 1;
      }
    }
    return signers;
  }

  private static Optional<UnknownSigner> of(byte[] bytes, Clock clock) {
    try {
      SignedBundle bundle = SignedBundle.read(JsonFields.parse(bytes));
      String predicateType = StatementReader.read(bundle.statement()).predicateType();
      return switch (bundle.method()) {
        case KEY -> Optional.of(byKey(bundle));
        case CERTIFICATE -> byCertificate(bundle, bytes, predicateType, clock);
        case SIGSTORE -> Optional.of(byIdentity(bundle));
      };
    } catch (MalformedJsonException
        | MalformedStatementException
        | FailedCheckException
        | StackOverflowError e) {
      // BundleVerifier says what is wrong: a signer is not what is missing.
      return Optional.empty();
    }
  }

  private static UnknownSigner byKey(SignedBundle bundle) {
    byte[] message = PreAuthenticationEncoding.of(bundle.statement());
    Optional<PublicKey> named =
        Stream.of(EcdsaAlgorithm.values())
            .flatMap(a -> KeyRecovery.keys(a, message, bundle.signature()).stream())
            .filter(key -> isNamed(key, bundle.keyHint()))
            .findFirst();
    return new UnknownSigner(
        SigningMethod.KEY,
        named
            .map(KeyFingerprint::of)
            .map(sha256 -> new Signer(SigningMethod.KEY, "", "sha256:" + sha256, "", sha256)),
        named.map(key -> new Root(KeyFingerprint.pem(key), Optional.empty())),
        isLogged(bundle));
  }

  private static boolean isNamed(PublicKey key, Optional<String> hint) {
    return hint.equals(Optional.of(KeyFingerprint.ofPem(key)))
        || hint.equals(Optional.of(KeyFingerprint.of(key)));
  }

  private static Optional<UnknownSigner> byCertificate(
      SignedBundle bundle, byte[] bytes, String predicateType, Clock clock)
      throws FailedCheckException {
    X509Certificate leaf = bundle.certificates().get(0);
    EcdsaAlgorithm algorithm = CertificateCheck.leafAlgorithm(leaf);
    if (!KeyCheck.signatureHolds(leaf.getPublicKey(), algorithm, bundle, predicateType)) {
      return Optional.empty();
    }
    List<X509Certificate> authorities =
        bundle.certificates().stream()
            .skip(1)
            .filter(certificate -> certificate.getBasicConstraints() >= 0)
            .toList();
    Optional<X509Certificate> top =
        authorities.stream()
            .filter(authority -> holdsUnder(authority, bytes, clock))
            .reduce((lower, higher) -> isIssued(lower) ? higher : lower);
    if (top.isEmpty() && !authorities.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new UnknownSigner(
            SigningMethod.CERTIFICATE,
            Optional.of(
                new Signer(
                    SigningMethod.CERTIFICATE,
                    "",
                    leaf.getSubjectX500Principal().getName(X500Principal.RFC2253),
                    leaf.getIssuerX500Principal().getName(X500Principal.RFC2253),
                    KeyFingerprint.of(leaf.getPublicKey()))),
            top.map(authority -> new Root(PemCertificates.pem(authority), Optional.of(authority))),
            isLogged(bundle)));
  }

  /** Whether another certificate stands above it. */
  private static boolean isIssued(X509Certificate authority) {
    return !authority.getSubjectX500Principal().equals(authority.getIssuerX500Principal());
  }

  private static boolean holdsUnder(X509Certificate authority, byte[] bundle, Clock clock) {
    try {
      byte[] pem = PemCertificates.pem(authority).getBytes(StandardCharsets.US_ASCII);
      return new BundleVerifier(OwnRoot.policy("certificates", pem), clock)
          .check("", "", "bundle.sig", bundle, "")
          .get(0)
          .signature()
          .holds();
    } catch (PolicyException e) {
      return false;
    }
  }

  private static UnknownSigner byIdentity(SignedBundle bundle) throws FailedCheckException {
    X509Certificate leaf = bundle.certificates().get(0);
    FulcioIdentity identity = FulcioIdentity.of(leaf);
    return new UnknownSigner(
        SigningMethod.SIGSTORE,
        Optional.of(
            new Signer(
                SigningMethod.SIGSTORE,
                "",
                identity.identity(),
                identity.issuer(),
                KeyFingerprint.of(leaf.getPublicKey()))),
        Optional.empty(),
        isLogged(bundle));
  }

  private static boolean isLogged(SignedBundle bundle) {
    return !bundle.logEntries().isEmpty();
  }
}

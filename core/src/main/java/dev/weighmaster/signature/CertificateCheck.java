package dev.weighmaster.signature;

import dev.weighmaster.signature.Countersignatures.Vouched;
import dev.weighmaster.trust.DistinguishedName;
import dev.weighmaster.trust.EcdsaAlgorithm;
import dev.weighmaster.trust.KeyFingerprint;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.trust.TrustRoot.CertificateRoot;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.verdict.Reason;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXCertPathValidatorResult;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The method certificate of OMS 1.0, sections 4.1 and 8.2. In this order:
 *
 * <ol>
 *   <li>the envelope's signature holds by the leaf's key: {@code SIGNATURE_INVALID};
 *   <li>the policy has certificate authorities at all: {@code SIGNER_NOT_TRUSTED};
 *   <li>a log entry that is there holds, see {@link Countersignatures}: {@code LOG_PROOF_INVALID};
 *   <li>some of the bundle's certificates, in any order, lead to one of them, or else nobody knows
 *       who issued the certificate: {@code SIGNER_NOT_TRUSTED};
 *   <li>that way holds by RFC 5280, section 6, at the time of signing, or else now, without a look
 *       at revocation lists: {@code CERTIFICATE_UNTRUSTED};
 *   <li>the time of signing is proven, or the policy lets now count under that authority: {@code
 *       SIGNER_NOT_TRUSTED};
 *   <li>the leaf may sign: its key usage allows digital signatures, or its extended key usage code
 *       signing, where it has a key usage; and no extended key usage on the way is for TLS and
 *       other protocols alone: {@code CERTIFICATE_UNTRUSTED}.
 * </ol>
 *
 * <p>Immutable.
 */
final class CertificateCheck {
  private static final String CODE_SIGNING = "1.3.6.1.5.5.7.3.3";

  /** Servers and clients of TLS, IPsec, timestamps, OCSP: RFC 5280, section 4.2.1.12. */
  private static final Set<String> PROTOCOLS =
      Stream.of("1", "2", "5", "6", "7", "8", "9", "17")
          .map("1.3.6.1.5.5.7.3."::concat)
          .collect(Collectors.toUnmodifiableSet());

  private final List<CertificateRoot> roots;
  private final Countersignatures countersignatures;

  CertificateCheck(List<CertificateRoot> roots, Countersignatures countersignatures) {
    this.roots = List.copyOf(roots);
    this.countersignatures = countersignatures;
  }

  /**
   * Makes all checks.
   *
   * @param now the current time, at which the certificates must be valid if nothing proves the time
   *     of signing
   */
  SignatureCheck check(SignedBundle bundle, String predicateType, Instant now)
      throws FailedCheckException {
    X509Certificate leaf = bundle.certificates().get(0);
    EcdsaAlgorithm algorithm = leafAlgorithm(leaf);
    if (!KeyCheck.signatureHolds(leaf.getPublicKey(), algorithm, bundle, predicateType)) {
      throw new FailedCheckException(
          Reason.SIGNATURE_INVALID, "the signature does not hold by the certificate's key");
    }
    if (roots.isEmpty()) {
      throw new FailedCheckException(
          Reason.SIGNER_NOT_TRUSTED, "the policy has no certificate authorities");
    }
    Vouched vouched = countersignatures.check(bundle, encoded(leaf));
    Way way = way(bundle.certificates(), now, vouched.signedAt());
    checkUsage(way.certificates());
    var signer =
        new Signer(
            SigningMethod.CERTIFICATE,
            way.root().name(),
            DistinguishedName.of(leaf.getSubjectX500Principal()).toString(),
            issuerOf(leaf),
            KeyFingerprint.of(leaf.getPublicKey()));
    return new SignatureCheck(
        Optional.of(SigningMethod.CERTIFICATE),
        Optional.of(signer),
        vouched.logIndex(),
        vouched.signedAt(),
        Optional.empty());
  }

  /** A certificate in DER. */
  static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a parsed certificate has its encoding", e);
    }
  }

  /** The algorithm of a leaf's key. */
  static EcdsaAlgorithm leafAlgorithm(X509Certificate leaf) throws FailedCheckException {
    try {
      return EcdsaAlgorithm.of(leaf.getPublicKey())
          .orElseThrow(
              () ->
                  new FailedCheckException(
                      Reason.UNSUPPORTED,
                      "the certificate's key is not on the curve P-256, P-384 or P-521"));
    } catch (RuntimeException e) {
      throw new FailedCheckException(
          Reason.MALFORMED_BUNDLE, "the certificate's key can't be read", e);
    }
  }

  /** A way that holds, and the root whose authority it leads to. */
  private record Way(CertificateRoot root, List<X509Certificate> certificates) {}

  private Way way(List<X509Certificate> bundle, Instant now, Optional<Instant> signedAt)
      throws FailedCheckException {
    String why = "";
    Optional<CertificateRoot> withoutTime = Optional.empty();
    for (CertificateRoot root : roots) {
      for (List<X509Certificate> path : CertificatePaths.to(root.certificates(), bundle)) {
        try {
          validate(path, root, signedAt.orElse(now));
          if (signedAt.isPresent() || root.nowCounts()) {
            return new Way(root, path);
          }
          withoutTime = Optional.of(root);
        } catch (CertPathValidatorException e) {
          if (why.isEmpty() || isOfTime(e)) {
            why = why(e, signedAt);
          }
        }
      }
    }
    if (withoutTime.isPresent()) {
      throw new FailedCheckException(
          Reason.SIGNER_NOT_TRUSTED,
          "the time of signing is not proven, as the policy requires under \""
              + withoutTime.get().name()
              + '"');
    }
    if (!why.isEmpty()) {
      throw new FailedCheckException(Reason.CERTIFICATE_UNTRUSTED, why);
    }
    throw unknownAuthority(
        bundle,
        roots.stream().flatMap(root -> root.certificates().stream()).toList(),
        "no authority of the policy");
  }

  /**
   * Why no way leads to an authority: nobody named the one that issued the certificate, or it says
   * that one of them did, which is not so.
   */
  static FailedCheckException unknownAuthority(
      List<X509Certificate> bundle, List<X509Certificate> authorities, String none) {
    String issuer = Quoted.line(issuerOf(bundle.get(0)));
    return CertificatePaths.claims(bundle, authorities)
        ? new FailedCheckException(
            Reason.CERTIFICATE_UNTRUSTED,
            "the certificate says that " + issuer + " issued it, but that one's key did not")
        : new FailedCheckException(
            Reason.SIGNER_NOT_TRUSTED,
            "the certificate leads to " + none + "; it was issued by " + issuer);
  }

  private static String issuerOf(X509Certificate certificate) {
    return DistinguishedName.of(certificate.getIssuerX500Principal()).toString();
  }

  private static boolean isOfTime(CertPathValidatorException failure) {
    return failure.getReason() == BasicReason.EXPIRED
        || failure.getReason() == BasicReason.NOT_YET_VALID;
  }

  private static String why(CertPathValidatorException failure, Optional<Instant> signedAt) {
    return isOfTime(failure)
        ? "the certificate, or one above it, "
            + signedAt
                .map(time -> "was not valid at " + time + ", when it signed")
                .orElse("is not valid now, and the time of signing is not proven")
        : "the certificate does not hold under the authority that issued it: "
            + Quoted.line(String.valueOf(failure.getMessage()));
  }

  private static void validate(List<X509Certificate> chain, CertificateRoot root, Instant time)
      throws CertPathValidatorException {
    Set<TrustAnchor> anchors =
        root.certificates().stream()
            .map(certificate -> new TrustAnchor(certificate, null))
            .collect(Collectors.toSet());
    try {
      var parameters = new PKIXParameters(anchors);
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(time));
      var result =
          (PKIXCertPathValidatorResult)
              CertPathValidator.getInstance("PKIX")
                  .validate(
                      CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
      // A path ends before its anchor, whose own dates PKIX leaves alone.
      result.getTrustAnchor().getTrustedCert().checkValidity(Date.from(time));
    } catch (CertPathValidatorException e) {
      throw e;
    } catch (CertificateException | RuntimeException e) {
      throw new CertPathValidatorException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java platform can't validate certificate paths", e);
    }
  }

  private static void checkUsage(List<X509Certificate> path) throws FailedCheckException {
    X509Certificate leaf = path.get(0);
    boolean[] usage = leaf.getKeyUsage();
    if (usage != null && !usage[0] && !isForCodeSigning(leaf)) {
      throw new FailedCheckException(
          Reason.CERTIFICATE_UNTRUSTED, "the certificate's key usage does not allow signatures");
    }
    // What an authority is not for, nothing that it issues is for.
    if (path.stream().anyMatch(CertificateCheck::isForProtocolsAlone)) {
      throw new FailedCheckException(
          Reason.CERTIFICATE_UNTRUSTED,
          "the certificate, or one above it, is for TLS or another protocol alone: its extended key"
              + " usage names nothing else");
    }
  }

  private static boolean isForProtocolsAlone(X509Certificate certificate) {
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      return usages != null && PROTOCOLS.containsAll(usages);
    } catch (CertificateException e) {
      return true;
    }
  }

  /** Whether a certificate's extended key usage names code signing. */
  static boolean isForCodeSigning(X509Certificate certificate) {
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      return usages != null && usages.contains(CODE_SIGNING);
    } catch (CertificateException e) {
      return false;
    }
  }
}

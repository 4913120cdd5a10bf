package dev.weighmaster.signature;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;

/**
 * Finds the paths from a signer's certificate to an authority through the other certificates in a
 * bundle, which may be in any order, duplicated or unrelated. Name and key show that one
 * certificate issued another; PKIX then validates the path.
 */
final class CertificatePaths {
  /** A chain that was sent by mistake has one or two; others cost time alone. */
  private static final int MAX_PATHS = 8;

  private static final int MAX_STEPS = 200;

  private final Set<X509Certificate> authorities;
  private final Set<X509Certificate> others;
  private final Map<List<X509Certificate>, Boolean> issued = new HashMap<>();
  private final List<List<X509Certificate>> found = new ArrayList<>();
  private int steps;

  private CertificatePaths(Collection<X509Certificate> authorities, List<X509Certificate> bundle) {
    this.authorities = new LinkedHashSet<>(authorities);
    this.others = new LinkedHashSet<>(bundle.subList(1, bundle.size()));
    others.removeAll(this.authorities);
    others.remove(bundle.get(0));
  }

  /**
   * Finds ways to an authority.
   *
   * @param bundle its certificates, the signer's first
   * @return each from the signer's certificate to the one that an authority issued; the shortest
   *     first
   */
  static List<List<X509Certificate>> to(
      Collection<X509Certificate> authorities, List<X509Certificate> bundle) {
    CertificatePaths paths = new CertificatePaths(authorities, bundle);
    paths.follow(List.of(bundle.get(0)));
    return paths.found.stream().sorted((a, b) -> Integer.compare(a.size(), b.size())).toList();
  }

  private void follow(List<X509Certificate> path) {
    X509Certificate last = path.get(path.size() - 1);
    if (authorities.stream().anyMatch(authority -> isIssued(last, authority))) {
      found.add(path);
    }
    for (X509Certificate other : others) {
      if (found.size() >= MAX_PATHS || ++steps > MAX_STEPS) {
        return;
      }
      if (!path.contains(other) && isIssued(last, other)) {
        List<X509Certificate> longer = new ArrayList<>(path);
        longer.add(other);
        follow(List.copyOf(longer));
      }
    }
  }

  private boolean isIssued(X509Certificate certificate, X509Certificate by) {
    return certificate.getIssuerX500Principal().equals(by.getSubjectX500Principal())
        && issued.computeIfAbsent(
            List.of(certificate, by), pair -> holds(pair.get(0), pair.get(1)));
  }

  private static boolean holds(X509Certificate certificate, X509Certificate by) {
    try {
      certificate.verify(by.getPublicKey());
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  /**
   * Whether a certificate of a bundle says that an authority's key issued it, by the key's
   * identifier and not by the name alone, which anyone can give to an authority of his own.
   */
  static boolean claims(List<X509Certificate> bundle, Collection<X509Certificate> authorities) {
    return bundle.stream()
        .anyMatch(
            certificate ->
                authorities.stream()
                    .anyMatch(
                        authority ->
                            certificate
                                    .getIssuerX500Principal()
                                    .equals(authority.getSubjectX500Principal())
                                && isSameKey(certificate, authority)));
  }

  private static boolean isSameKey(X509Certificate certificate, X509Certificate authority) {
    byte[] issuer = certificate.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    byte[] subject = authority.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    if (issuer == null || subject == null) {
      return false;
    }
    try {
      byte[] named =
          AuthorityKeyIdentifier.getInstance(ASN1OctetString.getInstance(issuer).getOctets())
              .getKeyIdentifierOctets();
      return named != null
          && Arrays.equals(
              named,
              SubjectKeyIdentifier.getInstance(ASN1OctetString.getInstance(subject).getOctets())
                  .getKeyIdentifier());
    } catch (RuntimeException e) {
      return false;
    }
  }
}

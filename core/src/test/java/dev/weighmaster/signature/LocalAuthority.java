package dev.weighmaster.signature;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;

/**
 * A certificate authority: a key, its certificate and those above it. Names are RFC 2253 text.
 *
 * <p>A certificate's serial number follows from its key, so the same call gives the same
 * to-be-signed bytes: a precertificate and its certificate differ in nothing but the SCT.
 */
public final class LocalAuthority {
  private final LocalKey key;
  private final List<X509Certificate> chain;

  private LocalAuthority(LocalKey key, List<X509Certificate> chain) {
    this.key = key;
    this.chain = chain;
  }

  public static LocalAuthority root(String name, Instant from, Instant until) {
    LocalKey key = LocalKey.generate();
    return new LocalAuthority(
        key, List.of(issue(key, name, name, key.publicKey(), from, until, authority())));
  }

  /** An authority of a key that vouches for itself. */
  static LocalAuthority of(KeyPair keys, String name, Instant from, Instant until) {
    LocalKey key = new LocalKey(keys);
    return new LocalAuthority(
        key, List.of(issue(key, name, name, key.publicKey(), from, until, authority())));
  }

  /** Valid for as long as this one. */
  public LocalAuthority intermediate(String name, Extension... extensions) {
    LocalKey below = LocalKey.generate();
    X509Certificate own = certificate();
    X509Certificate issued =
        issue(
            name,
            below.publicKey(),
            own.getNotBefore().toInstant(),
            own.getNotAfter().toInstant(),
            Stream.concat(authority().stream(), Stream.of(extensions)).toList());
    return new LocalAuthority(below, Stream.concat(Stream.of(issued), chain.stream()).toList());
  }

  public X509Certificate issue(
      String subject,
      PublicKey subjectKey,
      Instant from,
      Instant until,
      List<Extension> extensions) {
    String issuer = certificate().getSubjectX500Principal().getName();
    return issue(key, issuer, subject, subjectKey, from, until, extensions);
  }

  public X509Certificate certificate() {
    return chain.get(0);
  }

  /** This authority's certificate first, the root last. */
  public List<X509Certificate> chain() {
    return chain;
  }

  /** Critical; {@code bits} as in {@link KeyUsage}. */
  public static Extension usage(int bits) {
    return extension(Extension.keyUsage, true, new KeyUsage(bits));
  }

  /** The one extended key usage, critical as RFC 3161 section 2.3 asks of a timestamp authority. */
  public static Extension purpose(KeyPurposeId purpose) {
    return extension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(purpose));
  }

  static Extension extension(ASN1ObjectIdentifier oid, boolean critical, ASN1Encodable value) {
    try {
      return Extension.create(oid, critical, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Extension> authority() {
    return List.of(
        extension(Extension.basicConstraints, true, new BasicConstraints(true)),
        usage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
  }

  private static X509Certificate issue(
      LocalKey issuerKey,
      String issuer,
      String subject,
      PublicKey subjectKey,
      Instant from,
      Instant until,
      List<Extension> extensions) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Principal(issuer),
              new BigInteger(1, LocalKey.sha256(subjectKey.getEncoded())).shiftRight(128),
              Date.from(from),
              Date.from(until),
              new X500Principal(subject),
              subjectKey);
      for (Extension extension : extensions) {
        builder.addExtension(extension);
      }
      JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          identifiers.createAuthorityKeyIdentifier(issuerKey.publicKey()));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          identifiers.createSubjectKeyIdentifier(subjectKey));
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(issuerKey.contentSigner()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (CertificateException | NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.weighmaster.trust;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate authority.
 *
 * @param certificate its own, self-signed or by another authority
 */
public record TestCertificates(X509Certificate certificate, KeyPair keys) {
  public static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
  public static final Instant UNTIL = Instant.parse("2027-01-01T00:00:00Z");

  /** An authority that vouches for itself. */
  public static TestCertificates root(String subject) {
    KeyPair keys = TestKeys.generate("secp256r1");
    return new TestCertificates(
        issue(subject, keys, subject, keys, true, KeyUsage.keyCertSign), keys);
  }

  /** An authority under this one. */
  public TestCertificates intermediate(String subject) {
    KeyPair keys = TestKeys.generate("secp256r1");
    return new TestCertificates(
        issue(name(), this.keys, subject, keys, true, KeyUsage.keyCertSign), keys);
  }

  /** A certificate of a key, with the bits of {@link KeyUsage}. */
  public X509Certificate leaf(String subject, KeyPair keys, int usage) {
    return issue(name(), this.keys, subject, keys, false, usage);
  }

  /** The authority's certificate in PEM. */
  public byte[] pem() {
    return pem(certificate);
  }

  /** A certificate in PEM. */
  public static byte[] pem(X509Certificate certificate) {
    try {
      return TestKeys.pem("CERTIFICATE", certificate.getEncoded());
    } catch (CertificateException e) {
      throw new IllegalStateException(e);
    }
  }

  private String name() {
    return certificate.getSubjectX500Principal().getName();
  }

  private static X509Certificate issue(
      String issuer,
      KeyPair issuerKeys,
      String subject,
      KeyPair keys,
      boolean authority,
      int usage) {
    try {
      byte[] der =
          new JcaX509v3CertificateBuilder(
                  new X500Principal(issuer),
                  BigInteger.valueOf(keys.getPublic().hashCode() & 0xFFFFFFFFL),
                  Date.from(FROM),
                  Date.from(UNTIL),
                  new X500Principal(subject),
                  keys.getPublic())
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(authority))
              .addExtension(Extension.keyUsage, true, new KeyUsage(usage))
              .build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate()))
              .getEncoded();
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (OperatorCreationException | CertificateException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

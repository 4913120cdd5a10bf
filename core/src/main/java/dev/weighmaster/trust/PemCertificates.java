package dev.weighmaster.trust;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMParser;

/** Certificates in PEM. */
public final class PemCertificates {
  private PemCertificates() {}

  /**
   * Reads all certificates of a file, in its order.
   *
   * @return at least one
   * @throws PolicyException if there is none, or anything else than certificates
   */
  public static List<X509Certificate> read(byte[] file) throws PolicyException {
    var certificates = new ArrayList<X509Certificate>();
    try (var pem = new PEMParser(new StringReader(new String(file, StandardCharsets.UTF_8)))) {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Object block = pem.readObject(); block != null; block = pem.readObject()) {
        if (!(block instanceof X509CertificateHolder certificate)) {
          throw new PolicyException("has something else than certificates in PEM");
        }
        certificates.add(
            (X509Certificate)
                factory.generateCertificate(new ByteArrayInputStream(certificate.getEncoded())));
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new PolicyException("has a broken certificate: " + e.getMessage());
    }
    if (certificates.isEmpty()) {
      throw new PolicyException("has no certificate in PEM (BEGIN CERTIFICATE)");
    }
    return certificates;
  }

  /** A certificate in PEM. */
  public static String pem(X509Certificate certificate) {
    try {
      String base64 =
          Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
      return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a parsed certificate has its encoding", e);
    }
  }
}

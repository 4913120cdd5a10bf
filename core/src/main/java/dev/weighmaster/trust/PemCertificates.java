package dev.weighmaster.trust;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMParser;

/** Certificates in a PEM file. */
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
}

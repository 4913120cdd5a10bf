package dev.weighmaster.signature;

import java.nio.ByteBuffer;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.Extension;

/** A certificate transparency log (RFC 6962) that promises to log whatever it is shown. */
record LocalCertificateLog(LocalKey key) {
  private static final ASN1ObjectIdentifier SCT_LIST =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2");

  /** The extension of section 3.3 with one SCT over {@code precertificate}, which lacks it. */
  Extension promise(X509Certificate precertificate, PublicKey issuer, Instant at) {
    byte[] signature = key.sign(toBeSigned(precertificate, issuer, at));
    int sctLength = 1 + 32 + 8 + 2 + 2 + 2 + signature.length;
    byte[] list =
        ByteBuffer.allocate(2 + 2 + sctLength)
            .putShort((short) (2 + sctLength))
            .putShort((short) sctLength)
            .put((byte) 0) // v1
            .put(key.id())
            .putLong(at.toEpochMilli())
            .putShort((short) 0) // no extensions
            .put((byte) 4) // RFC 5246 section 7.4.1.4.1: sha256
            .put((byte) 3) // ecdsa
            .putShort((short) signature.length)
            .put(signature)
            .array();
    return LocalAuthority.extension(SCT_LIST, false, new DEROctetString(list));
  }

  /** Section 3.2: what the SCT's signature is over. */
  private static byte[] toBeSigned(X509Certificate precertificate, PublicKey issuer, Instant at) {
    try {
      byte[] tbs = precertificate.getTBSCertificate();
      return ByteBuffer.allocate(1 + 1 + 8 + 2 + 32 + 3 + tbs.length + 2)
          .put((byte) 0) // v1
          .put((byte) 0) // certificate_timestamp
          .putLong(at.toEpochMilli())
          .putShort((short) 1) // precert_entry
          .put(LocalKey.sha256(issuer.getEncoded()))
          .put((byte) (tbs.length >> 16))
          .putShort((short) tbs.length)
          .put(tbs)
          .putShort((short) 0) // no extensions
          .array();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }
}

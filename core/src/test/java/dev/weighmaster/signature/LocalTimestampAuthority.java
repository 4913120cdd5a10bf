package dev.weighmaster.signature;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cms.SignerInfoGeneratorBuilder;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TSPException;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponseGenerator;
import org.bouncycastle.tsp.TimeStampTokenGenerator;

/** An RFC 3161 timestamp authority: a root and the certificate that stamps. */
final class LocalTimestampAuthority {
  /** The policy that the public instance's tokens carry. */
  private static final ASN1ObjectIdentifier POLICY =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.57264.2");

  private final LocalKey key = LocalKey.generate();
  private final LocalAuthority root;
  private final X509Certificate certificate;

  LocalTimestampAuthority(String organization, Instant from, Instant until) {
    root = LocalAuthority.root("CN=tsa-root,O=" + organization, from, until);
    certificate =
        root.issue(
            "CN=tsa,O=" + organization,
            key.publicKey(),
            from,
            until,
            List.of(
                LocalAuthority.usage(KeyUsage.digitalSignature),
                LocalAuthority.purpose(KeyPurposeId.id_kp_timeStamping)));
  }

  /** The stamping certificate first, the root last. */
  List<X509Certificate> chain() {
    return List.of(certificate, root.certificate());
  }

  /** A DER TimeStampResp over {@code stamped}, to the second, with the stamping certificate. */
  byte[] stamp(byte[] stamped, Instant at) {
    TimeStampRequestGenerator request = new TimeStampRequestGenerator();
    request.setCertReq(true);
    try {
      return answer(request.generate(TSPAlgorithms.SHA256, LocalKey.sha256(stamped)), at);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A DER TimeStampResp to a DER TimeStampReq. */
  byte[] answer(byte[] request, Instant at) {
    try {
      return answer(new TimeStampRequest(request), at);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] answer(TimeStampRequest request, Instant at) throws IOException {
    try {
      DigestCalculatorProvider digests = new JcaDigestCalculatorProviderBuilder().build();
      TimeStampTokenGenerator token =
          new TimeStampTokenGenerator(
              new SignerInfoGeneratorBuilder(digests)
                  .build(key.contentSigner(), new JcaX509CertificateHolder(certificate)),
              digests.get(new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256)),
              POLICY);
      token.addCertificates(new JcaCertStore(List.of(certificate)));
      return new TimeStampResponseGenerator(token, TSPAlgorithms.ALLOWED)
          .generate(request, BigInteger.ONE, Date.from(at))
          .getEncoded();
    } catch (CertificateEncodingException | OperatorCreationException | TSPException e) {
      throw new IllegalStateException(e);
    }
  }
}

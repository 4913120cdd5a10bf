package dev.weighmaster.signature;

import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.OtherName;

/**
 * The identity in a Fulcio certificate (Fulcio's docs/oid-info.md and
 * docs/certificate-specification).
 *
 * @param identity the only subject alternative name: an e-mail address, a URI, or a user name
 * @param issuer the OIDC issuer that confirmed it
 */
record FulcioIdentity(String identity, String issuer) {
  private static final String USER_NAME = "1.3.6.1.4.1.57264.1.7";
  private static final String ISSUER = "1.3.6.1.4.1.57264.1.8";
  private static final String ISSUER_V1 = "1.3.6.1.4.1.57264.1.1";

  static FulcioIdentity of(X509Certificate leaf) throws FailedCheckException {
    if (!CertificateCheck.isForCodeSigning(leaf)) {
      throw untrusted("is not for code signing");
    }
    if (leaf.getBasicConstraints() >= 0) {
      throw untrusted("is an authority's");
    }
    try {
      return new FulcioIdentity(identity(leaf), issuer(leaf));
    } catch (IOException | RuntimeException e) {
      throw new FailedCheckException(
          Reason.CERTIFICATE_UNTRUSTED, "the certificate's extensions can't be read", e);
    }
  }

  private static String identity(X509Certificate leaf) throws FailedCheckException, IOException {
    byte[] names =
        extension(leaf, Extension.subjectAlternativeName.getId())
            .orElseThrow(() -> untrusted("names no identity"));
    GeneralName[] all = GeneralNames.getInstance(names).getNames();
    if (all.length != 1) {
      throw untrusted("names " + all.length + " identities, expected one");
    }
    GeneralName name = all[0];
    if (name.getTagNo() == GeneralName.rfc822Name
        || name.getTagNo() == GeneralName.uniformResourceIdentifier) {
      return ((ASN1String) name.getName()).getString();
    }
    if (name.getTagNo() == GeneralName.otherName) {
      OtherName other = OtherName.getInstance(name.getName());
      if (other.getTypeID().getId().equals(USER_NAME)
          && other.getValue() instanceof ASN1String user) {
        return user.getString();
      }
    }
    throw untrusted("names an identity that is not an e-mail address, URI or user name");
  }

  private static String issuer(X509Certificate leaf) throws FailedCheckException, IOException {
    Optional<byte[]> der = extension(leaf, ISSUER);
    if (der.isPresent()) {
      return ((ASN1String) ASN1Primitive.fromByteArray(der.get())).getString();
    }
    // The older extension holds the bare text, not a DER string.
    return extension(leaf, ISSUER_V1)
        .map(text -> new String(text, StandardCharsets.UTF_8))
        .orElseThrow(() -> untrusted("names no OIDC issuer"));
  }

  private static Optional<byte[]> extension(X509Certificate leaf, String oid) {
    return Optional.ofNullable(leaf.getExtensionValue(oid))
        .map(value -> ASN1OctetString.getInstance(value).getOctets());
  }

  private static FailedCheckException untrusted(String what) {
    return new FailedCheckException(Reason.CERTIFICATE_UNTRUSTED, "the certificate " + what);
  }
}

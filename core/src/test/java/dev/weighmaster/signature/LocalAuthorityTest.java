package dev.weighmaster.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;

class LocalAuthorityTest {
  private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant UNTIL = Instant.parse("2027-01-01T00:00:00Z");

  private final LocalAuthority root = LocalAuthority.root("CN=Acme Root,O=Acme", FROM, UNTIL);
  private final LocalAuthority issuing = root.intermediate("CN=Acme Issuing,O=Acme");

  @Test
  void aLeafChainsToTheRootAndHasWhatWasAskedFor() throws Exception {
    X509Certificate leaf = leaf();

    assertThatCode(() -> validate(leaf, root)).doesNotThrowAnyException();
    assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("CN=Acme Release,O=Acme");
    assertThat(leaf.getKeyUsage()).startsWith(true, false);
    assertThat(leaf.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.3");
    assertThat(leaf.getNotAfter().toInstant()).isEqualTo(UNTIL);
  }

  @Test
  void anAuthorityOfTheSameNameIsAnother() throws Exception {
    X509Certificate leaf = leaf();
    LocalAuthority another = LocalAuthority.root("CN=Acme Root,O=Acme", FROM, UNTIL);

    assertThatThrownBy(() -> validate(leaf, another))
        .isInstanceOf(CertPathValidatorException.class);
  }

  private X509Certificate leaf() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(384);
    PublicKey key = generator.generateKeyPair().getPublic();
    return issuing.issue(
        "CN=Acme Release,O=Acme",
        key,
        FROM,
        UNTIL,
        List.of(
            LocalAuthority.usage(KeyUsage.digitalSignature),
            LocalAuthority.purpose(KeyPurposeId.id_kp_codeSigning)));
  }

  private void validate(X509Certificate leaf, LocalAuthority trusted) throws Exception {
    PKIXParameters parameters =
        new PKIXParameters(Set.of(new TrustAnchor(trusted.certificate(), null)));
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(FROM));
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509")
                .generateCertPath(List.of(leaf, issuing.certificate())),
            parameters);
  }
}

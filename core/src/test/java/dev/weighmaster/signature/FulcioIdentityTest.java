package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.OtherName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FulcioIdentityTest {
  private static final Instant FROM = Instant.parse("2026-11-22T00:00:00Z");
  private static final LocalAuthority AUTHORITY =
      LocalAuthority.root("CN=root", FROM, FROM.plusSeconds(600));
  private static final ASN1ObjectIdentifier FULCIO =
      new ASN1ObjectIdentifier("1.3.6.1.4.1.57264.1");
  private static final ASN1ObjectIdentifier USER_NAME = FULCIO.branch("7");
  private static final Extension PURPOSE = LocalAuthority.purpose(KeyPurposeId.id_kp_codeSigning);
  private static final Extension ISSUER =
      LocalAuthority.extension(
          FULCIO.branch("8"), false, new DERUTF8String("https://issuer.example"));
  private static final Extension OLDER_ISSUER =
      new Extension(FULCIO.branch("1"), false, "https://older.example".getBytes(UTF_8));
  private static final GeneralName EMAIL =
      new GeneralName(GeneralName.rfc822Name, "dev@acme.example");

  @ParameterizedTest
  @MethodSource("identities")
  void everyKindOfIdentityThatFulcioIssuesIsRead(GeneralName name, String identity)
      throws Exception {
    assertThat(FulcioIdentity.of(certificate(PURPOSE, names(name), ISSUER)))
        .isEqualTo(new FulcioIdentity(identity, "https://issuer.example"));
  }

  static Stream<Arguments> identities() {
    String workflow = "https://github.com/acme/models/.github/workflows/sign.yml@refs/heads/main";
    return Stream.of(
        arguments(EMAIL, "dev@acme.example"),
        arguments(new GeneralName(GeneralName.uniformResourceIdentifier, workflow), workflow),
        arguments(other(USER_NAME, new DERUTF8String("dev!acme.example")), "dev!acme.example"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("strangers")
  void whatFulcioDoesNotIssueIsNobody(X509Certificate certificate, String what) {
    assertThat(problem(certificate))
        .isEqualTo(new Problem(Reason.CERTIFICATE_UNTRUSTED, "the certificate " + what));
  }

  static Stream<Arguments> strangers() {
    String noName = "names an identity that is not an e-mail address, URI or user name";
    return Stream.of(
        arguments(certificate(names(EMAIL), ISSUER), "is not for code signing"),
        arguments(
            certificate(
                LocalAuthority.purpose(KeyPurposeId.id_kp_serverAuth), names(EMAIL), ISSUER),
            "is not for code signing"),
        arguments(
            certificate(
                PURPOSE,
                names(EMAIL),
                ISSUER,
                LocalAuthority.extension(
                    Extension.basicConstraints, true, new BasicConstraints(true))),
            "is an authority's"),
        arguments(certificate(PURPOSE, ISSUER), "names no identity"),
        arguments(
            certificate(PURPOSE, names(EMAIL, EMAIL), ISSUER), "names 2 identities, expected one"),
        arguments(
            certificate(
                PURPOSE, names(new GeneralName(GeneralName.dNSName, "acme.example")), ISSUER),
            noName),
        arguments(
            certificate(
                PURPOSE, names(other(FULCIO.branch("9"), new DERUTF8String("dev"))), ISSUER),
            noName),
        arguments(
            certificate(PURPOSE, names(other(USER_NAME, new BasicConstraints(0))), ISSUER), noName),
        arguments(certificate(PURPOSE, names(EMAIL)), "names no OIDC issuer"));
  }

  @Test
  void theNewerIssuerGoesBeforeTheOlderOne() throws Exception {
    X509Certificate both = certificate(PURPOSE, names(EMAIL), OLDER_ISSUER, ISSUER);
    X509Certificate older = certificate(PURPOSE, names(EMAIL), OLDER_ISSUER);

    assertThat(FulcioIdentity.of(both).issuer()).isEqualTo("https://issuer.example");
    assertThat(FulcioIdentity.of(older).issuer()).isEqualTo("https://older.example");
  }

  @Test
  void extensionsThatCanNotBeReadAreRefused() {
    Extension malformed = new Extension(FULCIO.branch("8"), false, new byte[] {0x0c, 0x7f});

    Problem problem = problem(certificate(PURPOSE, names(EMAIL), malformed));

    assertThat(problem.reason()).isEqualTo(Reason.CERTIFICATE_UNTRUSTED);
    assertThat(problem.detail()).startsWith("the certificate's extensions can't be read: ");
  }

  private static Problem problem(X509Certificate certificate) {
    return catchThrowableOfType(FailedCheckException.class, () -> FulcioIdentity.of(certificate))
        .problem();
  }

  private static X509Certificate certificate(Extension... extensions) {
    return AUTHORITY.issue(
        "CN=dev",
        LocalKey.generate().publicKey(),
        FROM,
        FROM.plusSeconds(600),
        List.of(extensions));
  }

  private static Extension names(GeneralName... names) {
    return LocalAuthority.extension(
        Extension.subjectAlternativeName, true, new GeneralNames(names));
  }

  private static GeneralName other(ASN1ObjectIdentifier type, ASN1Encodable value) {
    return new GeneralName(GeneralName.otherName, new OtherName(type, value));
  }
}

package dev.weighmaster.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.LocalServices.Fault;
import dev.weighmaster.signature.BundleVerifier;
import dev.weighmaster.signature.SignatureCheck;
import dev.weighmaster.trust.Signer;
import dev.weighmaster.trust.SigningMethod;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SigstoreSignerTest {
  private static final String IDENTITY = "release@acme.example";

  /** Names that ASCII can't say, so that bytes and characters differ in number. */
  private static final byte[] STATEMENT =
      ModelSigner.statement(
          "модель",
          ModelSigner.manifest(
              List.of(new Resource("🜲.bin", 0, Optional.empty(), "a".repeat(64))),
              List.of(),
              false));

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void whatIsSignedThroughTheServicesVerifies(int rekor) throws Exception {
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      StatementSigner signer = signer(services, rekor, services.token(IDENTITY));

      byte[] bundle = signer.sign(STATEMENT);

      SignatureCheck check = check(signer, bundle);
      assertThat(check.failure()).isEmpty();
      assertThat(check.signer().orElseThrow())
          .extracting(Signer::method, Signer::root, Signer::identity, Signer::issuer)
          .containsExactly(SigningMethod.SIGSTORE, "self", IDENTITY, LocalServices.ISSUER);
      assertThat(check.logIndex()).isPresent();
      KeySignerTest.assertValid("bundle", bundle);
    }
  }

  @Test
  void theTokenIsAskedForNothingBesideTheCertificate() throws Exception {
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      String token = services.token(IDENTITY);

      String bundle = new String(signer(services, 1, token).sign(STATEMENT), UTF_8);

      assertThat(token.split("\\.")).noneMatch(bundle::contains);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FULCIO_QUOTES_THE_TOKEN, 'gave no certificate: INVALID_ARGUMENT: bad token (token)'",
    "CERTIFICATE_BY_ANOTHER_AUTHORITY, that does not hold under the trusted root",
    "CERTIFICATE_OF_ANOTHER_KEY, gave a certificate of another key",
    "LOG_ANSWERS_500, 'refused with status 500: out of order'",
    "LOG_ANSWERS_NONSENSE, answered by something else than an entry",
    "TIMESTAMPS_ANSWER_500, 'refused with status 500: out of order'",
    "TIMESTAMPS_ANSWER_NONSENSE, gave no timestamp",
    "TIMESTAMPS_ARE_NESTED_TOO_DEEP, gave no timestamp",
  })
  void aServiceThatFailsIsNamedInOneLineWithoutTheToken(Fault fault, String message)
      throws Exception {
    try (LocalServices services = LocalServices.start(fault)) {
      String token = services.token(IDENTITY);

      for (int rekor = 1; rekor <= 2; rekor++) {
        StatementSigner signer = signer(services, rekor, token);
        assertThatThrownBy(() -> signer.sign(STATEMENT))
            .isInstanceOf(SigningException.class)
            .hasNoCause()
            .message()
            .contains(message)
            .contains(" at http://127.0.0.1:")
            .hasLineCount(1)
            .doesNotContain(token.split("\\."));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "LOG_ENTRY_OF_ANOTHER_ENVELOPE, 1, LOG_PROOF_INVALID",
    "LOG_ENTRY_OF_ANOTHER_ENVELOPE, 2, LOG_PROOF_INVALID",
    "TIMESTAMP_BY_ANOTHER_AUTHORITY, 1, TIMESTAMP_INVALID",
    "TIMESTAMP_BY_ANOTHER_AUTHORITY, 2, TIMESTAMP_INVALID",
  })
  void whatAServicePassesOffDoesNotHoldUnderTheSignersPolicy(Fault fault, int rekor, Reason reason)
      throws Exception {
    try (LocalServices services = LocalServices.start(fault)) {
      StatementSigner signer = signer(services, rekor, services.token(IDENTITY));

      assertThat(check(signer, signer.sign(STATEMENT)).failure())
          .map(Problem::reason)
          .contains(reason);
    }
  }

  @Test
  void aTokenThatFulcioDoesNotBelieveIsRefused() throws Exception {
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      StatementSigner forged = signer(services, 1, services.forgedToken(IDENTITY));
      StatementSigner expired = signer(services, 1, services.expiredToken(IDENTITY));

      assertThatThrownBy(() -> forged.sign(STATEMENT))
          .hasMessageContaining("the identity token is not genuine");
      assertThatThrownBy(() -> expired.sign(STATEMENT))
          .hasMessageStartingWith("the identity token expired at ");
    }
  }

  @Test
  void servicesThatAreNotThereAreNamed() throws Exception {
    LocalServices services = LocalServices.start(Fault.NONE);
    String token = services.token(IDENTITY);
    StatementSigner signer = signer(services, 2, token);
    services.close();

    assertThatThrownBy(() -> signer.sign(STATEMENT))
        .message()
        .startsWith("Fulcio at http://127.0.0.1:")
        .endsWith(" can't be reached");
  }

  @Test
  void theTokenIsNotSentInTheClear() throws Exception {
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      String config =
          new String(services.signingConfig(2), UTF_8)
              .replaceFirst("http://127.0.0.1:\\d+", "http://192.0.2.1:80");
      var instance = SigstoreInstance.of(services.trustedRoot(), config.getBytes(UTF_8));
      IdentityToken token = IdentityToken.parse(services.token(IDENTITY));
      var signer = new SigstoreSigner(instance, () -> token);

      assertThatThrownBy(() -> signer.sign(STATEMENT)).hasMessageContaining("must be at https");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'\"selector\":\"ANY\"', '\"selector\":\"ALL\"', ''",
    "'\"selector\":\"ANY\"', '\"selector\":\"EXACT\",\"count\":2', asks for several",
    "'\"selector\":\"ANY\"', '', can't be read",
    "caUrls, oidcUrls, no certificate authority",
    "rekorTlogUrls, oidcUrls, no transparency log",
    "tsaUrls, oidcUrls, no timestamp authority in use now",
    "'\"majorApiVersion\":2', '\"majorApiVersion\":3', no transparency log",
    "2026-01-01T00:00:00Z, 2100-01-01T00:00:00Z, in use now",
    "signingconfig.v0.2, signingconfig.v0.1, can't be read",
    "'{', '', can't be read",
  })
  void aSigningConfigurationThatCanNotServeIsExplained(String text, String instead, String message)
      throws Exception {
    try (LocalServices services = LocalServices.start(Fault.NONE)) {
      byte[] config =
          new String(services.signingConfig(2), UTF_8).replace(text, instead).getBytes(UTF_8);
      IdentityToken token = IdentityToken.parse(services.token(IDENTITY));
      Callable<byte[]> signing =
          () ->
              new SigstoreSigner(SigstoreInstance.of(services.trustedRoot(), config), () -> token)
                  .sign(STATEMENT);

      if (message.isEmpty()) {
        assertThat(signing.call()).isNotEmpty();
      } else {
        assertThatThrownBy(signing::call)
            .isInstanceOf(SigningException.class)
            .hasMessageContaining(message);
      }
    }
  }

  @Test
  void aTrustedRootThatIsNoneIsRefused() {
    assertThatThrownBy(() -> SigstoreInstance.of(new byte[] {'{'}, new byte[] {'{', '}'}))
        .isInstanceOf(SigningException.class)
        .hasMessageStartingWith(
            "the trusted root can't be used: it is not a Sigstore trusted root");
  }

  private static SigstoreSigner signer(LocalServices services, int rekor, String token)
      throws SigningException {
    return new SigstoreSigner(
        SigstoreInstance.of(services.trustedRoot(), services.signingConfig(rekor)),
        () -> IdentityToken.parse(token));
  }

  private static SignatureCheck check(StatementSigner signer, byte[] bundle) {
    return new BundleVerifier(signer.policy())
        .check("acme/base", "", "model.sig", bundle, Sha256Hex.of(bundle))
        .get(0)
        .signature();
  }
}

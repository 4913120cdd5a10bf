package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.trust.TestKeys;
import java.security.InvalidKeyException;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OtherSidecarTest {
  private static final String PROVENANCE =
      "{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"predicateType\":"
          + "\"https://slsa.dev/provenance/v0.2\",\"subject\":[]}";
  private static final String BUNDLE = bundle();
  private static final String MESSAGE_SIGNATURE =
      "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\","
          + "\"verificationMaterial\":{},\"messageSignature\":{\"signature\":\"AAAA\"}}";

  static Stream<Arguments> ofAnotherKind() {
    return Stream.of(
        arguments("a.gguf.sig", ""),
        arguments("a.gguf.sig", "-----BEGIN PGP SIGNATURE-----\n\niQ==\n"),
        arguments("a.gguf.sig", "\u0089\u00013\u0004"),
        arguments("a.gguf.sig", "\u00c2\u00013\u0004"),
        arguments("a.gguf.sig", "untrusted comment: signature\nRWQ=\n"),
        arguments("a.gguf.sig", "-----BEGIN SSH SIGNATURE-----\nU1NI\n"),
        arguments("a.gguf.sig", "MEUCIQDtZQ" + "A".repeat(80) + "==\n"),
        arguments("a.gguf.sig", "0D" + "\u0002".repeat(0x44)),
        arguments("a.gguf.sig", "\u00ff".repeat(256)),
        arguments("a.gguf.sigstore.json", MESSAGE_SIGNATURE),
        arguments("sub/a.safetensors.sigstore", MESSAGE_SIGNATURE),
        arguments("notes.sig", "any text"),
        arguments("data.sig", "\u0000\u0001"),
        arguments("claims.jsonl", "{\"claim\": \"the moon\"}\n{\"claim\": 2}\n"),
        arguments("claims.jsonl", ""),
        arguments("data/claims.jsonl", "[1]\n".repeat(3000)),
        arguments("x.conversion.json", "{\"unit\": \"inch\"}"),
        arguments("x.sigstore.json", "[]"),
        arguments("multiple.intoto.jsonl", envelope(PROVENANCE) + "\n" + envelope(PROVENANCE)));
  }

  @ParameterizedTest(name = "{0} {index}")
  @MethodSource
  void ofAnotherKind(String name, String content) {
    assertThat(OtherSidecar.isOne(name, content.getBytes(ISO_8859_1))).isTrue();
  }

  static Stream<Arguments> damaged() {
    return Stream.of(
        arguments("model.sig", ""),
        arguments("sub/model.sig", "-----BEGIN PGP SIGNATURE-----\n"),
        arguments("Model.SIG", "\u0000"),
        arguments("a.gguf.quantization.sigstore.json", ""),
        arguments("a.gguf.quantization.sigstore.json", MESSAGE_SIGNATURE),
        arguments("a.gguf.sig", "{\"media"),
        arguments("a.gguf.sig", "\u0000".repeat(1000)),
        arguments("a.gguf.sigstore.json", "{}"),
        arguments("a.gguf.sig", BUNDLE.substring(1)),
        arguments("a.gguf.sig", MESSAGE_SIGNATURE.replace("messageSignature", "dsseEnvelope")),
        arguments("x.sigstore.json", BUNDLE.substring(0, BUNDLE.length() / 2)),
        arguments("x.sigstore.json", BUNDLE + BUNDLE),
        arguments("x.sigstore.json", "\u0000" + BUNDLE),
        arguments("x.sig", BUNDLE.replace("mediaType", "mediumType")),
        arguments("x.derivation.json", "{\"_type\": \"https://in-toto.io/Statement/v1\""),
        arguments("claims.jsonl", "{\"claim\": 1}\n" + BUNDLE.replace("}", "]")),
        arguments("claims.jsonl", "{\"claim\": 1}\n".repeat(2000) + BUNDLE),
        arguments("x.intoto.jsonl", envelope(PROVENANCE) + "\n" + envelope(text()) + "\n"));
  }

  @ParameterizedTest(name = "{0} {index}")
  @MethodSource
  void damaged(String name, String content) {
    assertThat(OtherSidecar.isOne(name, content.getBytes(ISO_8859_1))).isFalse();
  }

  private static String text() {
    return "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[],\"predicate\":{},"
        + "\"predicateType\":\"https://model_signing/signature/v1.0\"}";
  }

  private static String envelope(String statement) {
    return "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\""
        + Base64.getEncoder().encodeToString(statement.getBytes(UTF_8))
        + "\",\"signatures\":[{\"sig\":\"AAAA\"}]}";
  }

  private static String bundle() {
    try {
      byte[] key = TestKeys.privatePem(TestKeys.generate("secp256r1"));
      byte[] bundle = KeySigner.of(key).sign(text().getBytes(UTF_8));
      return new String(bundle, UTF_8);
    } catch (InvalidKeyException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A pattern that tries blanks again and again would take this for hours. */
  @Test
  @Timeout(60)
  void blanksWithoutEndAreLookedAtOnce() {
    String blanks = "A".repeat(40) + " ".repeat(65_000) + "!";

    for (int i = 0; i < 100; i++) {
      assertThat(OtherSidecar.isOne("a.gguf.sig", blanks.getBytes(ISO_8859_1))).isFalse();
    }
  }
}

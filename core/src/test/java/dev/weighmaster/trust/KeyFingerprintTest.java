package dev.weighmaster.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** The digests are what {@code openssl pkey -pubin -outform DER} and {@code sha256sum} gave. */
class KeyFingerprintTest {
  private static final String PEM =
      """
      -----BEGIN PUBLIC KEY-----
      MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9EFzpokT+/Nx2KSZrqghA/eBpf6N
      n7sfdcSNtaG8MdDJC954jpQ1ArT3Wkv1AFVqztfyEJdEWqmSLxIqNfaxrQ==
      -----END PUBLIC KEY-----
      """;

  @Test
  void aKeyIsNamedByTheDigestOfItsDerAndOfItsPem() throws Exception {
    PublicKey key = key();

    assertThat(KeyFingerprint.of(key))
        .isEqualTo("c6f4d94f596b40a3e1267cefbf4d4a628773c34810492ac28baf7dabc3550a53");
    assertThat(KeyFingerprint.ofPem(key))
        .isEqualTo("074b1dda7b82d6560455c8a4e65bc9981c562d095326b358a5066769a23a7c6b");
    assertThat(KeyFingerprint.pem(key)).isEqualTo(PEM);
  }

  private static PublicKey key() throws Exception {
    String base64 = PEM.replaceAll("-----.*-----|\n", "");
    return KeyFactory.getInstance("EC")
        .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
  }
}

package dev.weighmaster.trust;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRecoveryTest {
  private static final byte[] MESSAGE = "a statement".getBytes(UTF_8);

  @ParameterizedTest
  @EnumSource
  void theKeyThatSignedIsAmongThoseByWhichTheSignatureHolds(EcdsaAlgorithm algorithm) {
    for (int i = 0; i < 4; i++) {
      KeyPair pair = pair(algorithm);
      byte[] signature = algorithm.sign(pair.getPrivate(), MESSAGE);

      List<PublicKey> keys = KeyRecovery.keys(algorithm, MESSAGE, signature);

      assertThat(keys)
          .hasSize(2)
          .allMatch(key -> algorithm.verify(key, MESSAGE, signature))
          .anyMatch(key -> Arrays.equals(key.getEncoded(), pair.getPublic().getEncoded()));
    }
  }

  @Test
  void anotherMessageLeadsToOtherKeys() {
    KeyPair pair = pair(EcdsaAlgorithm.P256);
    byte[] signature = EcdsaAlgorithm.P256.sign(pair.getPrivate(), MESSAGE);

    assertThat(KeyRecovery.keys(EcdsaAlgorithm.P256, "another".getBytes(UTF_8), signature))
        .isNotEmpty()
        .noneMatch(key -> Arrays.equals(key.getEncoded(), pair.getPublic().getEncoded()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "3000",
        // r, s or both are zero.
        "3006020100020101",
        "3006020101020100",
        // Negative, with more bytes after it, or not DER.
        "30060201ff020101",
        "300602010102010100",
        "30070201010202000100",
        // r is the order of P-256.
        "3026022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551020101"
      })
  void whatIsNoSignatureLeadsToNoKey(String signature) {
    byte[] bytes = HexFormat.of().parseHex(signature);

    assertThat(KeyRecovery.keys(EcdsaAlgorithm.P256, MESSAGE, bytes)).isEmpty();
  }

  private static KeyPair pair(EcdsaAlgorithm algorithm) {
    return TestKeys.generate(
        switch (algorithm) {
          case P256 -> "secp256r1";
          case P384 -> "secp384r1";
          case P521 -> "secp521r1";
        });
  }
}

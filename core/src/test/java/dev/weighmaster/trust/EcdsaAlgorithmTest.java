package dev.weighmaster.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EcdsaAlgorithmTest {
  private static final byte[] MESSAGE = {1, 2, 3};

  @ParameterizedTest
  @CsvSource({"secp256r1, P256", "secp384r1, P384", "secp521r1, P521"})
  void whatIsSignedVerifiesByThatKeyAlone(String curve, EcdsaAlgorithm algorithm) {
    KeyPair pair = TestKeys.generate(curve);
    byte[] signature = algorithm.sign(pair.getPrivate(), MESSAGE);

    assertThat(EcdsaAlgorithm.of(pair.getPublic())).contains(algorithm);
    assertThat(algorithm.verify(pair.getPublic(), MESSAGE, signature)).isTrue();
    assertThat(algorithm.verify(pair.getPublic(), new byte[3], signature)).isFalse();
    assertThat(algorithm.verify(TestKeys.generate(curve).getPublic(), MESSAGE, signature))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({"secp256r1, true", "secp384r1, false", "secp521r1, false"})
  void aSignatureWithSha256HoldsWhateverTheCurveAndWithAnotherHashItDoesNot(
      String curve, boolean sameHash) throws Exception {
    KeyPair pair = TestKeys.generate(curve);
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(pair.getPrivate());
    signer.update(MESSAGE);
    byte[] signature = signer.sign();
    EcdsaAlgorithm own = EcdsaAlgorithm.of(pair.getPublic()).orElseThrow();

    assertThat(EcdsaAlgorithm.verifySha256(pair.getPublic(), MESSAGE, signature)).isTrue();
    assertThat(EcdsaAlgorithm.verifySha256(pair.getPublic(), new byte[3], signature)).isFalse();
    assertThat(own.verify(pair.getPublic(), MESSAGE, signature)).isEqualTo(sameHash);
  }

  @Test
  void noOtherBytesAreTheSignature() {
    KeyPair pair = TestKeys.generate("secp256r1");
    byte[] signature = EcdsaAlgorithm.P256.sign(pair.getPrivate(), MESSAGE);

    for (int length = 0; length < signature.length; length++) {
      assertDoesNotHold(pair.getPublic(), Arrays.copyOf(signature, length));
    }
    assertDoesNotHold(pair.getPublic(), Arrays.copyOf(signature, signature.length + 1));
    for (int bit = 0; bit < 8 * signature.length; bit++) {
      byte[] flipped = signature.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertDoesNotHold(pair.getPublic(), flipped);
    }
    // r and s of zero hold for any message, where nobody looks at their range.
    assertDoesNotHold(pair.getPublic(), new byte[] {0x30, 6, 2, 1, 0, 2, 1, 0});
  }

  @Test
  void underAKeyWhosePointIsNotOnItsCurveNothingHolds() throws Exception {
    KeyPair pair = TestKeys.generate("secp256r1");
    var key = (ECPublicKey) pair.getPublic();
    var elsewhere = new ECPoint(key.getW().getAffineX(), BigInteger.ONE);
    PublicKey broken =
        KeyFactory.getInstance("EC")
            .generatePublic(new ECPublicKeySpec(elsewhere, key.getParams()));

    assertDoesNotHold(broken, EcdsaAlgorithm.P256.sign(pair.getPrivate(), MESSAGE));
  }

  private static void assertDoesNotHold(PublicKey key, byte[] signature) {
    assertThat(EcdsaAlgorithm.P256.verify(key, MESSAGE, signature)).isFalse();
  }
}

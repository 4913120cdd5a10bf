package dev.weighmaster.sign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.weighmaster.Fixtures;
import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.signature.ScannedFiles;
import dev.weighmaster.trust.TestCertificates;
import dev.weighmaster.trust.TestKeys;
import java.nio.file.Files;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeySignerTest {
  private static final KeyPair KEY = TestKeys.generate("secp384r1");
  private static final TestCertificates ROOT = TestCertificates.root("CN=Root");

  @ParameterizedTest
  @ValueSource(strings = {"secp256r1", "secp384r1", "secp521r1"})
  void bothFormsOfAKeyAreTheSameKey(String curve) throws Exception {
    KeyPair pair = TestKeys.generate(curve);
    PrivateKeyInfo info = PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded());
    ASN1Encodable named = info.getPrivateKeyAlgorithm().getParameters();
    var d = ((java.security.interfaces.ECPrivateKey) pair.getPrivate()).getS();
    int bits = Integer.parseInt(curve.substring(4, 7));
    byte[] curveBlock = TestKeys.pem("EC PARAMETERS", named.toASN1Primitive().getEncoded());
    byte[] withCurve = new ECPrivateKey(bits, d, named).getEncoded();
    String openssl =
        new String(curveBlock, UTF_8)
            + new String(TestKeys.pem("EC PRIVATE KEY", withCurve), UTF_8);

    assertThat(KeySigner.of(TestKeys.privatePem(pair)).publicKey()).isEqualTo(pair.getPublic());
    assertThat(KeySigner.of(openssl.getBytes(UTF_8)).publicKey()).isEqualTo(pair.getPublic());
  }

  @ParameterizedTest
  @MethodSource("unusable")
  void anUnusableKeyIsRefused(byte[] pem, String message) {
    assertThatThrownBy(() -> KeySigner.of(pem))
        .isInstanceOf(InvalidKeyException.class)
        .hasMessageContaining(message)
        .hasNoCause();
  }

  @Test
  void anEncryptedKeyNeedsItsPassword() throws Exception {
    byte[] pem = TestKeys.encryptedPem(KEY, "secret");

    assertThat(KeySigner.of(pem, Optional.of("secret")).publicKey()).isEqualTo(KEY.getPublic());
    assertThatThrownBy(() -> KeySigner.of(pem, Optional.of("Secret")))
        .isInstanceOf(InvalidKeyException.class)
        .hasMessage("the password of the private key is wrong")
        .hasNoCause();
  }

  static Stream<Arguments> unusable() throws Exception {
    return Stream.of(
        arguments(new byte[0], "no private key in PEM"),
        arguments(TestKeys.publicPem(KEY), "no private key in PEM"),
        arguments(TestKeys.privatePem(TestKeys.generateRsa()), "not an ECDSA key"),
        arguments(TestKeys.pem("PRIVATE KEY", new byte[] {0x30, 1, 2}), "is broken"),
        arguments(TestKeys.encryptedPem(KEY, "secret"), "is encrypted"));
  }

  @Test
  void aCertificateOfAnotherKeyIsRefused() throws Exception {
    KeySigner signer = KeySigner.of(TestKeys.privatePem(KEY));

    assertThatThrownBy(() -> signer.withCertificates(List.of(ROOT.certificate())))
        .isInstanceOf(InvalidKeyException.class);
    assertThatThrownBy(() -> signer.withCertificates(List.of()))
        .isInstanceOf(InvalidKeyException.class);
  }

  @Test
  void bundlesKeepTheSchemasOfTheSpecification() throws Exception {
    byte[] statement =
        ModelSigner.statement(
            "base",
            ModelSigner.manifest(
                List.of(new Resource("a.bin", 0, Optional.empty(), "a".repeat(64))),
                List.of("model.sig"),
                false));
    KeySigner signer = KeySigner.of(TestKeys.privatePem(KEY));
    KeySigner certified =
        signer.withCertificates(
            List.of(ROOT.leaf("CN=Leaf", KEY, KeyUsage.digitalSignature), ROOT.certificate()));

    for (HashType hashType : HashType.values()) {
      for (Optional<Long> shardSize : List.of(Optional.<Long>empty(), Optional.of(5L))) {
        var series = new DigestSeries(hashType, shardSize);
        byte[] other =
            ModelSigner.statement(
                "base",
                ModelSigner.manifest(
                    ScannedFiles.listed("a.bin", "content".getBytes(UTF_8), series),
                    new Serialization(hashType, shardSize, true, List.of("cache"))));
        assertValid("statement", other);
        assertValid(
            "predicate",
            new ObjectMapper().readTree(other).get("predicate").toString().getBytes(UTF_8));
      }
    }
    assertValid("statement", statement);
    assertValid(
        "envelope",
        new ObjectMapper()
            .readTree(signer.sign(statement))
            .get("dsseEnvelope")
            .toString()
            .getBytes(UTF_8));
    assertValid("bundle", signer.sign(statement));
    assertValid("bundle", certified.sign(statement));
  }

  static void assertValid(String schema, byte[] json) throws Exception {
    var schemas = new HashMap<String, String>();
    for (String name : List.of("bundle", "envelope", "statement", "predicate")) {
      schemas.put(
          "https://model_signing/" + name + "/v1.0/schema",
          Files.readString(Fixtures.path("oms-spec/schemas/v1.0/" + name + ".schema.json")));
    }
    SchemaRegistry registry =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.copyOf(schemas)));
    Schema loaded =
        registry.getSchema(SchemaLocation.of("https://model_signing/" + schema + "/v1.0/schema"));

    assertThat(loaded.validate(new String(json, UTF_8), InputFormat.JSON)).isEmpty();
  }
}

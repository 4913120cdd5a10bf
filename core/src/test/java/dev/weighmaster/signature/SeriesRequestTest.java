package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.digest.DigestSeries;
import dev.weighmaster.digest.HashType;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.sign.Serialization;
import dev.weighmaster.signature.SeriesRequest.Worth;
import dev.weighmaster.trust.KeyFingerprint;
import dev.weighmaster.trust.PolicySource;
import dev.weighmaster.trust.TestKeys;
import dev.weighmaster.trust.TrustPolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SeriesRequestTest {
  @Test
  void signersWhomThePolicyNamesAreServedBeforeAnybodyElse() throws Exception {
    KeySigner acme = KeySigner.of(TestKeys.privatePem(TestKeys.generate("secp256r1")));
    KeySigner stranger = KeySigner.of(TestKeys.privatePem(TestKeys.generate("secp256r1")));
    String policy =
        """
        version: 1
        trust_roots: [{name: acme, public_key: acme}, {name: stranger, public_key: stranger}]
        publishers: [{models: acme/*, signers: [{key: acme}]}]
        """;
    BundleVerifier verifier =
        new BundleVerifier(
            TrustPolicy.parse(
                PolicySource.of(
                    "policy",
                    policy.getBytes(UTF_8),
                    Map.of("acme", pem(acme), "stranger", pem(stranger)))));
    var requests = new ArrayList<SeriesRequest>();
    for (long size = 1; size <= SeriesRequest.MAX_GRANTED; size++) {
      requests.add(request(verifier, stranger, size));
    }
    requests.add(request(verifier, acme, 1_000_000_000));

    assertThat(SeriesRequest.granted(requests))
        .startsWith(new DigestSeries(HashType.SHA256, Optional.of(1_000_000_000L)));
  }

  private static SeriesRequest request(BundleVerifier verifier, KeySigner signer, long shardSize) {
    var manifest =
        ModelSigner.manifest(
            List.of(new Resource("a.gguf", 0, Optional.of(1L), "a".repeat(64))),
            new Serialization(HashType.SHA256, Optional.of(shardSize), false, List.of()));
    byte[] bundle = signer.sign(ModelSigner.statement("base", manifest));
    CheckedStatement statement =
        verifier.check("acme/base", "", "model.sig", bundle, Sha256Hex.of(bundle)).get(0);
    assertThat(statement.signature().failure()).isEmpty();
    return SeriesRequest.of(statement, verifier.policy()).orElseThrow();
  }

  private static byte[] pem(KeySigner signer) {
    return KeyFingerprint.pem(signer.publicKey()).getBytes(UTF_8);
  }

  @Test
  void signaturesThatHoldAreServedFirst() {
    var requests = new ArrayList<SeriesRequest>();
    for (long size = 1; size <= 100; size++) {
      requests.add(
          new SeriesRequest(new DigestSeries(HashType.SHA256, Optional.of(size)), Worth.UNKNOWN));
    }
    var blake3 = new DigestSeries(HashType.BLAKE3, Optional.empty());
    requests.add(new SeriesRequest(blake3, Worth.HOLDS));
    requests.add(new SeriesRequest(blake3, Worth.UNKNOWN));
    List<DigestSeries> granted = SeriesRequest.granted(requests);
    Collections.shuffle(requests, new Random(1));

    assertThat(granted)
        .hasSize(SeriesRequest.MAX_GRANTED)
        .startsWith(blake3)
        .doesNotHaveDuplicates();
    assertThat(SeriesRequest.granted(requests)).isEqualTo(granted);
  }
}

package dev.weighmaster.signature;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.KeySigner;
import dev.weighmaster.trust.TestKeys;
import dev.weighmaster.trust.TrustPolicy;
import java.util.List;
import org.junit.jupiter.api.Test;

class SidecarStatementTest {
  private static final String FIRST = statement("a");
  private static final String SECOND = statement("b");

  private static String statement(String name) {
    return ("{\"_type\": \"https://in-toto.io/Statement/v1\", \"predicateType\": \"https://t\","
            + " \"subject\": [{\"name\": \"%s\", \"digest\": {\"sha256\": \"%s\"}}]}")
        .formatted(name, "a".repeat(64));
  }

  private static List<CheckedStatement> check(String name, byte[] sidecar) {
    return new BundleVerifier(TrustPolicy.none())
        .check("org/name", "", name, sidecar, Sha256Hex.of(sidecar));
  }

  @Test
  void theStatementOfABundleIsItsPayload() throws Exception {
    byte[] bundle =
        KeySigner.of(TestKeys.privatePem(TestKeys.generate("secp256r1")))
            .sign(FIRST.getBytes(UTF_8));

    assertThat(SidecarStatement.bytes(check("a.sigstore.json", bundle).get(0), bundle))
        .hasValueSatisfying(bytes -> assertThat(bytes).asString(UTF_8).isEqualTo(FIRST));
  }

  @Test
  void everyLineIsFoundAgain() {
    byte[] lines = ("\n" + FIRST + "\r\n\n" + SECOND).getBytes(UTF_8);
    List<CheckedStatement> checked = check("claims.jsonl", lines);
    assertThat(checked).hasSize(2);

    assertThat(SidecarStatement.bytes(checked.get(0), lines))
        .hasValueSatisfying(bytes -> assertThat(bytes).asString(UTF_8).isEqualTo(FIRST + "\r"));
    assertThat(SidecarStatement.bytes(checked.get(1), lines))
        .hasValueSatisfying(bytes -> assertThat(bytes).asString(UTF_8).isEqualTo(SECOND));
  }

  @Test
  void aStatementOnSeveralLinesIsFoundAgain() {
    byte[] sidecar = ("\n" + FIRST.replace("\"subject\"", "\n\"subject\"")).getBytes(UTF_8);

    assertThat(SidecarStatement.bytes(check("claims.jsonl", sidecar).get(0), sidecar))
        .hasValueSatisfying(bytes -> assertThat(bytes).isEqualTo(sidecar));
  }

  @Test
  void aSidecarThatHasChangedDoesNotHaveItAnyMore() {
    byte[] lines = (FIRST + "\n" + SECOND).getBytes(UTF_8);
    CheckedStatement second = check("claims.jsonl", lines).get(1);

    for (String other : List.of("", FIRST, SECOND, FIRST + "\n", SECOND + "\n" + FIRST, "{}")) {
      assertThat(SidecarStatement.bytes(second, other.getBytes(UTF_8))).as(other).isEmpty();
    }
  }
}

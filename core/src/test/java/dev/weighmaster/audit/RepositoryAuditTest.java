package dev.weighmaster.audit;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepositoryAuditTest {
  private static final byte[] GGUF = gguf(GgmlType.Q4_0, "in the place of a signature");

  @TempDir private Path folder;

  /** A verified quantization, beside which a file is written. */
  private TestHub beside(String name, byte[] content) {
    TestHub hub = new TestHub(folder);
    hub.model("acme/base").sign("acme/base", ACME);
    return hub.write("quants/m/a.gguf", gguf(GgmlType.Q4_0, "a"))
        .attest("quants/m/a.gguf")
        .from("acme/base")
        .by(QUANTS)
        .write("quants/m/" + name, content);
  }

  private Reason reason(String name, byte[] content) {
    return beside(name, content).judge("quants/m/a.gguf").reason();
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.sig", "a.gguf.quantization.sigstore.json", "a.gguf.sig"})
  void aGgufFileInThePlaceOfASignatureIsADamagedOne(String name) {
    assertThat(reason(name, GGUF)).isEqualTo(reason(name, "garbage".getBytes(UTF_8)));
    assertThat(beside(name, GGUF).evidence("quants/m").cases())
        .extracting(each -> each.quantization().name())
        .contains(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.sig", "a.gguf.quantization.sigstore.json"})
  void whatOverwritesASignatureLeavesNothingVerified(String name) {
    assertThat(reason(name, GGUF)).isEqualTo(Reason.MALFORMED_BUNDLE);
  }

  @Test
  void aGgufFileThatMerelyEndsAsASignatureIsLeftAlone() {
    assertThat(reason("x.sig", GGUF)).isEqualTo(Reason.OK);
  }
}

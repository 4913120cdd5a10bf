package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.verdict.Reason;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Attested files of which some were exchanged, copied or removed. */
@TestInstance(Lifecycle.PER_CLASS)
class WrongSubjectsTest {
  private Map<String, Agreed> verdicts;

  @BeforeAll
  void judge(@TempDir Path folder) throws Exception {
    TestHub hub = new TestHub(folder.resolve("hub"));
    hub.model("acme/base").sign("acme/base", ACME);
    hub.write("quants/whole/a.gguf", gguf(GgmlType.Q4_0, "a"))
        .attest("quants/whole/a.gguf")
        .from("acme/base")
        .by(QUANTS);
    verdicts =
        AgreedVerdicts.of(folder.resolve("hub"), hub.writePolicy(folder.resolve("policy")), folder);
  }

  private void assertReason(String quantization, Reason reason) {
    assertThat(verdicts).containsKey(quantization);
    assertThat(verdicts.get(quantization).reason())
        .as(verdicts.get(quantization).detail())
        .isEqualTo(reason);
  }

  @Test
  void filesAsTheyWereAttestedAreVerified() {
    assertReason("quants/whole/a.gguf", Reason.OK);
  }
}

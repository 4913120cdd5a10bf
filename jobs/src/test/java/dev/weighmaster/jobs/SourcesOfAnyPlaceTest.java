package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;

import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sources that an audit finds by joining the whole hub, and the others by reading a part of it. */
@TestInstance(Lifecycle.PER_CLASS)
class SourcesOfAnyPlaceTest {
  private TestHub hub;
  private Map<String, Agreed> verdicts;

  @BeforeAll
  void judge(@TempDir Path folder) throws Exception {
    hub = new TestHub(folder.resolve("hub"));
    hub.model("acme/base").sign("acme/base", ACME);
    String signed = "models--acme--signed/snapshots/r";
    String bare = "models--acme--bare/snapshots/r";
    for (int i = 10; i < 30; i++) {
      hub.write(signed + i + "/model.safetensors", safetensors("signed " + i));
      hub.signShards(signed + i, 16, ACME);
      hub.write(bare + i + "/model.safetensors", safetensors("bare " + i));
    }
    quantized("of-signed").from("acme/signed", hub.rootDigest(signed + 29)).by(QUANTS);
    quantized("of-bare").from("acme/bare", hub.rootDigest(bare + 29)).by(QUANTS);
    quantized("of-none").from("acme/bare", "a".repeat(64)).by(QUANTS);
    hub.write("acme/mirror/model.safetensors", safetensors("mirror"));
    hub.signShards("acme/mirror", 16, ACME);
    quantized("of-gone").from("acme/gone", hub.rootDigest("acme/mirror")).by(QUANTS);

    link("acme/nowhere", Path.of("gone"));
    link("acme/circle", Path.of("circle"));
    link("acme/outside", folder);
    link("acme/up", Path.of(".."));
    for (String name : List.of("nowhere", "circle", "outside", "up")) {
      quantized("of-" + name).from("acme/" + name, hub.rootDigest("acme/base")).by(QUANTS);
    }
    verdicts = AgreedVerdicts.of(folder.resolve("hub"), hub.writePolicy(folder), folder);
  }

  private void link(String path, Path target) throws IOException {
    Files.createSymbolicLink(hub.file(path), target);
  }

  private TestHub.Attestation quantized(String name) {
    String file = "quants/" + name + "/base.Q4_0.gguf";
    return hub.write(file, gguf(GgmlType.Q4_0, name)).attest(file);
  }

  @ParameterizedTest
  @CsvSource({
    "signed, OK",
    "bare,   SOURCE_UNSIGNED",
    "none,   SOURCE_MISSING",
    "gone,   SOURCE_IDENTITY_MISMATCH"
  })
  void ofVeryManyRevisionsOrElsewhereTheSourceIsFound(String source, Reason reason) {
    AgreedVerdicts.assertReason(verdicts, "quants/of-" + source + "/base.Q4_0.gguf", reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nowhere", "circle", "outside", "up"})
  void aRepositoryThatIsALinkToNoneIsAnErrorAndSoIsWhatComesFromIt(String name) {
    AgreedVerdicts.assertReason(verdicts, "acme/" + name + "/.", Reason.IO_ERROR);
    AgreedVerdicts.assertReason(verdicts, "quants/of-" + name + "/base.Q4_0.gguf", Reason.IO_ERROR);
  }
}

package dev.weighmaster.jobs.cli;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.sign.ModelSigner;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models that were signed as a single file, in {@code FILE.sig} or as {@code .} in model.sig. */
class SingleFileModelTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "f16.gguf, f16.gguf.sig, all, BROKEN, UNSIGNED_FILES",
    "f16.gguf, f16.gguf.sig, all_but_sidecars, BROKEN, UNSIGNED_FILES",
    "f16.gguf, f16.gguf.sig, weights, VERIFIED, OK",
    "., f16.gguf.sig, all_but_sidecars, BROKEN, UNSIGNED_FILES",
    "., model.sig, all, BROKEN, UNSIGNED_FILES",
    "., model.sig, all_but_sidecars, BROKEN, UNSIGNED_FILES",
    "., model.sig, weights, VERIFIED, OK"
  })
  void besideUnsignedFilesSettingVerdictAndSentenceAgree(
      String listed, String sidecar, String setting, String verdict, String reason) {
    TestHub hub = hub(listed, sidecar).write("acme/one/README.md", "# nobody signed this");
    hub.policy("require: {signed_files: " + setting + "}\n");

    String whole = verify(hub, "acme/one");
    assertThat(whole).startsWith(verdict).contains(reason);
    if (verdict.equals("BROKEN")) {
      assertThat(whole).contains("does not cover \"README.md\"");
    } else {
      assertThat(whole).contains("f16.gguf is as it was signed; the signature is of no other file");
    }
    assertThat(verify(hub, "acme/one/f16.gguf"))
        .startsWith("VERIFIED")
        .contains("f16.gguf is as it was signed");
  }

  @ParameterizedTest
  @CsvSource({"f16.gguf, f16.gguf.sig", "., f16.gguf.sig", "., model.sig"})
  void byItselfOrBesideWhatIsSignedTooItIsVerified(String listed, String sidecar) {
    TestHub hub = hub(listed, sidecar);
    assertThat(verify(hub, "acme/one")).startsWith("VERIFIED");

    hub.write("acme/one/README.md", "# signed as well");
    sign(hub, "README.md", "README.md.sig", TestHub.STRANGER);
    assertThat(verify(hub, "acme/one")).startsWith("BROKEN").contains("README.md");
    sign(hub, "README.md", "README.md.sig", ACME);
    assertThat(verify(hub, "acme/one").lines().filter(line -> line.startsWith("VERIFIED")))
        .isNotEmpty();
  }

  private TestHub hub(String listed, String sidecar) {
    TestHub hub = new TestHub(folder.resolve("hub"));
    hub.write("acme/one/f16.gguf", gguf(GgmlType.F16, "f16"));
    sign(hub, listed, sidecar, ACME);
    return hub;
  }

  private static void sign(TestHub hub, String listed, String sidecar, TestHub.Signs signer) {
    String file = listed.equals(".") ? "f16.gguf" : listed;
    Resource only = new Resource(listed, 0, Optional.empty(), hub.sha256("acme/one/" + file));
    hub.write(
        "acme/one/" + sidecar,
        signer.apply(
            ModelSigner.statement("one", ModelSigner.manifest(List.of(only), List.of(), false))));
  }

  private String verify(TestHub hub, String path) {
    return Commands.run(
            "verify",
            folder.resolve("hub").resolve(path),
            "--hub",
            folder.resolve("hub"),
            "--policy",
            hub.writePolicy(folder.resolve("policy")))
        .out();
  }
}

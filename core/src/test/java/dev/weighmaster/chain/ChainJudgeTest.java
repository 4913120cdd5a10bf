package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.signature.Flaw;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reason of a verdict, each by a hub in which it is the one thing that is wrong. */
class ChainJudgeTest {
  private static final String Q4 = "quants/base-GGUF/base.Q4_0.gguf";
  private static final String SPLIT = "quants/split/base-00001-of-00002.gguf";
  private static final String CARD = "quants/base-GGUF/README.md";

  @TempDir Path directory;

  /** Changes a hub in which {@link #Q4} is attested as quantized from the signed acme/base. */
  @FunctionalInterface
  interface Change {
    void apply(TestHub hub) throws IOException;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void eachReasonIsReached(Reason reason, String judged, Change change) throws Exception {
    TestHub hub = intact();
    change.apply(hub);

    Judgement judgement = hub.judge(judged);

    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(reason);
    assertThat(judgement.verdict()).isEqualTo(reason.verdict());
    assertThat(judgement.detail()).isNotBlank();
  }

  @Test
  void noReasonIsLeftOut() {
    // Bounds are exceeded where somebody measures: HubBoundsTest.
    assertThat(changes().map(change -> (Reason) change.get()[0]))
        .containsExactlyInAnyOrderElementsOf(
            EnumSet.complementOf(EnumSet.of(Reason.BOUNDS_EXCEEDED)));
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        change(Reason.OK, hub -> {}),
        change(Reason.NO_ATTESTATION, hub -> Files.delete(attestation(hub))),
        change(Reason.SIGNER_NOT_TRUSTED, hub -> hub.attest(Q4).from("acme/base").by(STRANGER)),
        change(Reason.SOURCE_SIGNER_NOT_TRUSTED, hub -> hub.sign("acme/base", STRANGER)),
        change(
            Reason.UNSIGNED_STATEMENT, hub -> hub.attest(Q4).from("acme/base").by(Signs.nobody())),
        change(
            Reason.UNATTESTED_EXTRAS,
            hub ->
                hub.write("quants/base-GGUF/adapter_config.json", "{}")
                    .policy("on_unattested_extras: unverified\n")),
        change(Reason.MALFORMED_BUNDLE, hub -> Files.writeString(attestation(hub), "{}")),
        change(Reason.SIGNATURE_INVALID, attested(Flaw.SIGNATURE_BY_ANOTHER_KEY)),
        change(Reason.CERTIFICATE_UNTRUSTED, attested(Flaw.CERTIFICATE_NOT_FOR_CODE_SIGNING)),
        change(Reason.LOG_PROOF_INVALID, attested(Flaw.INCLUSION_PATH_CHANGED)),
        change(Reason.TIMESTAMP_INVALID, attested(Flaw.TIMESTAMP_BY_ANOTHER_AUTHORITY)),
        change(Reason.DIGEST_MISMATCH, hub -> hub.write(Q4, gguf(GgmlType.Q4_0, "tampered"))),
        arguments(
            Reason.SUBJECT_INCOMPLETE,
            SPLIT,
            (Change) hub -> split(hub).attest(SPLIT).from("acme/base").by(QUANTS)),
        change(Reason.SOURCE_MISSING, hub -> delete(hub.file("acme/base"))),
        change(Reason.SOURCE_UNSIGNED, hub -> Files.delete(hub.file("acme/base/model.sig"))),
        change(
            Reason.SOURCE_SIGNATURE_INVALID,
            hub ->
                hub.sign(
                    "acme/base",
                    Signs.keyless("release@acme.example", Flaw.LOG_ENTRY_IN_ANOTHER_LOG))),
        change(
            Reason.SOURCE_DIGEST_MISMATCH,
            hub -> hub.write("acme/base/model.safetensors", TestHub.safetensors("tampered"))),
        change(
            Reason.SOURCE_IDENTITY_MISMATCH,
            hub ->
                hub.model("acme/other")
                    .sign("acme/other", ACME)
                    .attest(Q4)
                    .from("acme/base", hub.rootDigest("acme/other"))
                    .by(QUANTS)),
        change(Reason.CLAIM_MISMATCH, hub -> hub.write(CARD, "---\nbase_model: acme/other\n---\n")),
        change(
            Reason.METHOD_MISMATCH,
            hub -> hub.attest(Q4).from("acme/base").method("Q8_0").by(QUANTS)),
        change(
            Reason.CHAIN_CYCLE, hub -> hub.attest(Q4).from("acme/base", hub.sha256(Q4)).by(QUANTS)),
        change(Reason.CHAIN_TOO_DEEP, hub -> hub.policy("require: {max_chain_depth: 1}\n")),
        change(Reason.REVOKED, hub -> hub.policy("revoked: {digests: [" + hub.sha256(Q4) + "]}\n")),
        change(
            Reason.MALFORMED_WEIGHTS,
            hub -> {
              byte[] whole = gguf(GgmlType.Q4_0, "base");
              hub.write(Q4, Arrays.copyOf(whole, whole.length - 20));
              hub.attest(Q4).from("acme/base").by(QUANTS);
            }),
        change(
            Reason.UNSIGNED_FILES,
            hub -> {
              Files.delete(attestation(hub));
              hub.sign("quants/base-GGUF", QUANTS).write("quants/base-GGUF/late.txt", "late");
            }),
        change(
            Reason.IO_ERROR,
            hub -> {
              Files.delete(hub.file(Q4));
              Files.createSymbolicLink(hub.file(Q4), Path.of("nowhere"));
            }),
        change(Reason.CHANGED_DURING_READ, hub -> hub.reading(GrowingFile.of(hub.file(Q4)))),
        change(
            Reason.UNSUPPORTED,
            // A GGUF of version 4.
            hub -> hub.write(Q4, new byte[] {'G', 'G', 'U', 'F', 4, 0, 0, 0})));
  }

  private TestHub intact() {
    TestHub hub = new TestHub(directory);
    hub.model("acme/base").sign("acme/base", ACME);
    return hub.write(Q4, gguf(GgmlType.Q4_0, "base")).attest(Q4).from("acme/base").by(QUANTS);
  }

  private static Arguments change(Reason reason, Change change) {
    return arguments(reason, Q4, change);
  }

  private static Change attested(Flaw flaw) {
    return hub -> hub.attest(Q4).from("acme/base").by(Signs.keyless("bot@quants.example", flaw));
  }

  private static Path attestation(TestHub hub) {
    return hub.file(Q4 + ".quantization.sigstore.json");
  }

  private static TestHub split(TestHub hub) {
    return hub.write(SPLIT, part(0)).write(SPLIT.replace("00001-of", "00002-of"), part(1));
  }

  private static byte[] part(int index) {
    return gguf(
        new GgufWriter().put("split.no", index).put("split.count", 2),
        GgmlType.Q4_0,
        "part " + index);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}

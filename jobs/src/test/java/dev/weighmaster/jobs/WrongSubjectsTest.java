package dev.weighmaster.jobs;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.attest.ModelManifest.Resource;
import dev.weighmaster.chain.TestHub;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.gguf.GgufWriter;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.jobs.AgreedVerdicts.Agreed;
import dev.weighmaster.sign.ModelSigner;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attested weights of which some were exchanged, copied, removed or renamed since. */
@TestInstance(Lifecycle.PER_CLASS)
class WrongSubjectsTest {
  private static final String AWQ = "{\"quantization_config\": {\"quant_method\": \"awq\"}}";
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  private TestHub hub;
  private Map<String, Agreed> verdicts;

  @BeforeAll
  void judge(@TempDir Path folder) throws Exception {
    hub = new TestHub(folder.resolve("hub"));
    hub.model("acme/base").sign("acme/base", ACME);
    splits();
    shards();
    unnumbered();
    variants();
    sources();
    revoked();
    apart();
    verdicts = AgreedVerdicts.of(folder.resolve("hub"), hub.writePolicy(folder), folder);
  }

  private static String part(String set, int number) {
    return set + "/base-0000" + number + "-of-00002.gguf";
  }

  /** Without a place in its header, which would tell by itself that parts were exchanged. */
  private static byte[] partOf(String content, int number) {
    return gguf(GgmlType.Q4_0, content + number);
  }

  private void split(String repository) {
    hub.write(part(repository, 1), partOf("a", 1)).write(part(repository, 2), partOf("a", 2));
    hub.attest(part(repository, 1), part(repository, 2)).from("acme/base").by(QUANTS);
  }

  private void splits() throws IOException {
    split("quants/split");
    split("quants/split-exchanged");
    exchange(part("quants/split-exchanged", 1), part("quants/split-exchanged", 2));
    split("quants/split-renamed");
    for (int number = 1; number <= 2; number++) {
      move(
          part("quants/split-renamed", number),
          "quants/split-renamed/new-0000" + number + "-of-00002.gguf");
    }
    split("quants/split-renamed-crosswise");
    for (int number = 1; number <= 2; number++) {
      move(
          part("quants/split-renamed-crosswise", number),
          "quants/split-renamed-crosswise/new-0000" + (3 - number) + "-of-00002.gguf");
    }
  }

  private static byte[] shard(String name) {
    return new SafetensorsWriter()
        .tensor(
            name + ".qweight", SafetensorsType.I32, List.of(4L), name.repeat(16).getBytes(UTF_8))
        .toByteArray();
  }

  private static String index(String... files) {
    StringBuilder map = new StringBuilder();
    for (String file : files) {
      map.append(map.isEmpty() ? "" : ", ")
          .append("\"%s.qweight\": \"%s\"".formatted(file.charAt(10), file));
    }
    return "{\"metadata\": {}, \"weight_map\": {" + map + "}}";
  }

  private void sharded(String repository) {
    hub.write(repository + "/config.json", AWQ)
        .write(repository + "/" + FIRST, shard("a"))
        .write(repository + "/" + SECOND, shard("b"))
        .write(repository + "/model.safetensors.index.json", index(FIRST, SECOND));
    attestShards(repository);
  }

  private void attestShards(String repository) {
    hub.attest(repository + "/" + FIRST, repository + "/" + SECOND)
        .from("acme/base")
        .format("safetensors")
        .method("AWQ")
        .by(QUANTS);
  }

  private void shards() throws IOException {
    sharded("quants/awq");
    sharded("quants/awq-copied");
    Files.write(hub.file("quants/awq-copied/" + SECOND), shard("a"));
    sharded("quants/awq-removed");
    hub.remove("quants/awq-removed/" + SECOND)
        .remove("quants/awq-removed/model.safetensors.index.json");
    sharded("quants/awq-left-out");
    hub.remove("quants/awq-left-out/" + SECOND)
        .write("quants/awq-left-out/model.safetensors.index.json", index(FIRST));
    sharded("quants/awq-exchanged");
    exchange("quants/awq-exchanged/" + FIRST, "quants/awq-exchanged/" + SECOND);
    sharded("quants/awq-moved");
    for (String file : List.of(FIRST, SECOND, "config.json", "model.safetensors.index.json")) {
      move("quants/awq-moved/" + file, "quants/awq-moved/int4/" + file);
    }
  }

  /** Sets whose files have no numbers in their names. */
  private void unnumbered() throws IOException {
    for (String fate : List.of("whole", "removed", "exchanged", "renamed")) {
      String repository = "quants/free-" + fate;
      hub.write(repository + "/config.json", AWQ)
          .write(repository + "/x.safetensors", shard("a"))
          .write(repository + "/y.safetensors", shard("b"));
      hub.attest(repository + "/x.safetensors", repository + "/y.safetensors")
          .from("acme/base")
          .format("safetensors")
          .method("AWQ")
          .by(QUANTS);
    }
    hub.remove("quants/free-removed/y.safetensors");
    exchange("quants/free-exchanged/x.safetensors", "quants/free-exchanged/y.safetensors");
    move("quants/free-renamed/x.safetensors", "quants/free-renamed/v.safetensors");
    move("quants/free-renamed/y.safetensors", "quants/free-renamed/w.safetensors");
  }

  /** One statement about two variants. */
  private void variants() throws IOException {
    for (String fate : List.of("apart", "mixed", "exchanged")) {
      String repository = "quants/two-" + fate;
      hub.write(repository + "/base.Q4_0.gguf", gguf(GgmlType.Q4_0, "four"));
      hub.write(repository + "/base-2.Q4_0.gguf", gguf(GgmlType.Q4_0, "other"));
      hub.attest(repository + "/base.Q4_0.gguf", repository + "/base-2.Q4_0.gguf")
          .from("acme/base")
          .by(QUANTS);
      String[] shards = new String[4];
      for (int i = 0; i < shards.length; i++) {
        String variant = repository + (i < 2 ? "/one/" : "/two/");
        shards[i] = variant + (i % 2 == 0 ? FIRST : SECOND);
        hub.write(shards[i], shard("" + (char) ('p' + i))).write(variant + "config.json", AWQ);
      }
      hub.attest(shards)
          .as("one/" + FIRST, "one/" + SECOND, "two/" + FIRST, "two/" + SECOND)
          .from("acme/base")
          .format("safetensors")
          .method("AWQ")
          .in(repository + "/both.sigstore.json")
          .by(QUANTS);
    }
    exchange("quants/two-exchanged/base.Q4_0.gguf", "quants/two-exchanged/base-2.Q4_0.gguf");
    exchange("quants/two-exchanged/one/" + SECOND, "quants/two-exchanged/two/" + SECOND);
    hub.write("quants/two-mixed/mixed/config.json", AWQ);
    hub.write(
        "quants/two-mixed/mixed/" + FIRST,
        Files.readAllBytes(hub.file("quants/two-mixed/one/" + FIRST)));
    hub.write(
        "quants/two-mixed/mixed/" + SECOND,
        Files.readAllBytes(hub.file("quants/two-mixed/two/" + SECOND)));
  }

  /** Quantizations of a conversion in two parts, which the first part stands for. */
  private void sources() throws IOException {
    for (String fate : List.of("whole", "copied", "removed")) {
      String conversion = "quants/f16-" + fate;
      for (int number = 1; number <= 2; number++) {
        hub.write(
            part(conversion, number),
            gguf(
                new GgufWriter().put("split.no", number - 1).put("split.count", 2),
                GgmlType.F16,
                fate + number));
      }
      hub.attest(part(conversion, 1), part(conversion, 2))
          .from("acme/base")
          .method("F16")
          .by(QUANTS);
      String quantization = "quants/of-" + fate + "/base.Q4_0.gguf";
      hub.write(quantization, gguf(GgmlType.Q4_0, fate));
      hub.attest(quantization).from(conversion, hub.sha256(part(conversion, 1))).by(QUANTS);
    }
    hub.write(part("quants/f16-copied", 2), partOf("other", 2));
    hub.remove(part("quants/f16-removed", 2));
  }

  private void revoked() throws IOException {
    sharded("quants/awq-revoked");
    hub.write("quants/awq-revoked/" + SECOND, shard("z"));
    attestShards("quants/awq-revoked");
    String shard = hub.sha256("quants/awq-revoked/" + SECOND);
    hub.remove("quants/awq-revoked/" + SECOND)
        .write("quants/awq-revoked/model.safetensors.index.json", index(FIRST));

    hub.model("acme/withdrawn").sign("acme/withdrawn", ACME);
    String root = hub.rootDigest("acme/withdrawn");
    hub.write("acme/withdrawn/added.txt", "added");
    hub.write("quants/of-withdrawn/base.Q4_0.gguf", gguf(GgmlType.Q4_0, "withdrawn"));
    hub.attest("quants/of-withdrawn/base.Q4_0.gguf")
        .from("acme/withdrawn", hub.sha256("acme/withdrawn/model.safetensors"))
        .by(QUANTS);

    hub.model("acme/recalled").write("acme/recalled/bad.safetensors", safetensors("bad"));
    hub.sign("acme/recalled", ACME);
    String file = hub.sha256("acme/recalled/bad.safetensors");
    hub.remove("acme/recalled/bad.safetensors");
    hub.write("quants/of-recalled/base.Q4_0.gguf", gguf(GgmlType.Q4_0, "recalled"));
    hub.attest("quants/of-recalled/base.Q4_0.gguf")
        .from("acme/recalled", hub.sha256("acme/recalled/model.safetensors"))
        .by(QUANTS);
    hub.policy("revoked: {digests: [%s, %s, %s]}\n".formatted(shard, root, file));
  }

  private void apart() throws IOException {
    for (String name : List.of("a", "b")) {
      String file = "quants/apart-exchanged/" + name + ".gguf";
      hub.write(file, gguf(GgmlType.Q4_0, name)).attest(file).from("acme/base").by(QUANTS);
    }
    exchange("quants/apart-exchanged/a.gguf", "quants/apart-exchanged/b.gguf");

    for (String part : List.of(FIRST, SECOND)) {
      hub.write("acme/signed-part/" + part, safetensors(part));
    }
    hub.write(
        "acme/signed-part/" + FIRST + ".sig",
        ACME.apply(
            ModelSigner.statement(
                "part",
                ModelSigner.manifest(
                    List.of(
                        new Resource(
                            FIRST, 0, Optional.empty(), hub.sha256("acme/signed-part/" + FIRST))),
                    List.of(),
                    false))));
    hub.write("quants/of-signed-part/a.gguf", gguf(GgmlType.Q4_0, "of-signed-part"));
    hub.attest("quants/of-signed-part/a.gguf")
        .from("acme/signed-part", hub.sha256("acme/signed-part/" + FIRST))
        .by(QUANTS);
  }

  private void exchange(String one, String other) throws IOException {
    move(one, one + ".moved");
    move(other, one);
    move(one + ".moved", other);
  }

  private void move(String from, String to) throws IOException {
    Files.createDirectories(hub.file(to).getParent());
    Files.move(hub.file(from), hub.file(to));
  }

  private void assertReason(String quantization, Reason reason) {
    AgreedVerdicts.assertReason(verdicts, quantization, reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quants/split/base-00001-of-00002.gguf",
        "quants/awq/" + FIRST,
        "quants/free-whole/x.safetensors",
        "quants/two-apart/base.Q4_0.gguf",
        "quants/two-apart/base-2.Q4_0.gguf",
        "quants/two-apart/one/" + FIRST,
        "quants/two-apart/two/" + FIRST,
        "quants/of-whole/base.Q4_0.gguf"
      })
  void weightsAsTheyWereAttestedAreVerified(String quantization) {
    assertReason(quantization, Reason.OK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quants/split-renamed/new-00001-of-00002.gguf",
        "quants/awq-moved/int4/" + FIRST,
      })
  void aSetThatWasRenamedOrMovedAsAWholeIsVerified(String quantization) {
    assertReason(quantization, Reason.OK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quants/split-exchanged/base-00001-of-00002.gguf",
        "quants/awq-copied/" + FIRST,
        "quants/awq-exchanged/" + FIRST,
        "quants/free-exchanged/x.safetensors",
        "quants/two-exchanged/base.Q4_0.gguf",
        "quants/two-exchanged/base-2.Q4_0.gguf",
        "quants/two-exchanged/one/" + FIRST,
        "quants/two-exchanged/two/" + FIRST
      })
  void aFileWithTheBytesOfAnotherAttestedOneIsAMismatch(String quantization) {
    assertReason(quantization, Reason.DIGEST_MISMATCH);
  }

  @Test
  void aRenamedFileWhosePlaceInItsSetIsAnothersIsNotAttested() {
    assertThat(verdicts.get("quants/split-renamed-crosswise/new-00001-of-00002.gguf").verdict())
        .isEqualTo(Verdict.BROKEN);
    assertReason("quants/free-renamed/v.safetensors", Reason.SUBJECT_INCOMPLETE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"quants/awq-left-out/" + FIRST, "quants/free-removed/x.safetensors"})
  void aSetOfWhichAFileWasRemovedIsIncomplete(String quantization) {
    assertThat(verdicts.get(quantization).verdict())
        .as(verdicts.get(quantization).detail())
        .isIn(Verdict.BROKEN, Verdict.ERROR);
  }

  @Test
  void shardsOfTwoVariantsOfOneStatementAreNoVariant() {
    assertReason("quants/two-mixed/mixed/" + FIRST, Reason.SUBJECT_INCOMPLETE);
    assertReason("quants/two-mixed/one/" + FIRST, Reason.OK);
  }

  @Test
  void aShardWithoutTheOthersOfItsNumberIsNotVerifiedWithoutAnIndexEither() {
    assertThat(verdicts.get("quants/awq-removed/" + FIRST).verdict())
        .isNotEqualTo(Verdict.VERIFIED);
  }

  @Test
  void filesThatWereAttestedApartAreNotExchanged() {
    assertReason("quants/apart-exchanged/a.gguf", Reason.DIGEST_MISMATCH);
    assertReason("quants/apart-exchanged/b.gguf", Reason.DIGEST_MISMATCH);
  }

  @Test
  void aSourceOfWhichOnePartAloneIsSignedIsNotSigned() {
    assertReason("quants/of-signed-part/a.gguf", Reason.UNSIGNED_FILES);
  }

  @Test
  void aSourceThatGoesByOnePartIsHeldToAllParts() {
    assertReason("quants/of-copied/base.Q4_0.gguf", Reason.SOURCE_DIGEST_MISMATCH);
    assertReason("quants/of-removed/base.Q4_0.gguf", Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void aRevokedFileBreaksItsStatementAlsoOnceItIsGone() {
    assertReason("quants/awq-revoked/" + FIRST, Reason.REVOKED);
  }

  @Test
  void whatARevokedModelOrFileWasSignedWithStaysRevoked() {
    assertReason("quants/of-withdrawn/base.Q4_0.gguf", Reason.REVOKED);
    assertReason("quants/of-recalled/base.Q4_0.gguf", Reason.REVOKED);
  }
}

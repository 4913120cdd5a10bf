package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.gguf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.format.safetensors.SafetensorsType;
import dev.weighmaster.format.safetensors.SafetensorsWriter;
import dev.weighmaster.verdict.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attested weights of which some were exchanged, copied, removed, renamed or moved since. */
class MovedWeightsTest {
  private static final String AWQ = "{\"quantization_config\": {\"quant_method\": \"awq\"}}";
  private static final String SPLIT = "quants/split/";
  private static final String FREE = "quants/free/";

  private TestHub hub;

  @BeforeEach
  void aSignedModel(@TempDir Path folder) {
    hub = new TestHub(folder);
    hub.model("acme/base").sign("acme/base", ACME);
  }

  private static String part(String set, int number, int count) {
    return SPLIT + set + "-0000" + number + "-of-0000" + count + ".gguf";
  }

  /**
   * Parts without a place in their headers, which would tell by itself that they were exchanged.
   */
  private void split(int count) {
    String[] parts = new String[count];
    for (int number = 1; number <= count; number++) {
      parts[number - 1] = part("base", number, count);
      hub.write(parts[number - 1], gguf(GgmlType.Q4_0, "part " + number));
    }
    hub.attest(parts).from("acme/base").by(QUANTS);
  }

  private static byte[] shard(String name) {
    return new SafetensorsWriter()
        .tensor(
            name + ".qweight", SafetensorsType.I32, List.of(4L), name.repeat(16).getBytes(UTF_8))
        .toByteArray();
  }

  /** Weights that are loaded together, by names without numbers. */
  private void free(String... names) {
    hub.write(FREE + "config.json", AWQ);
    String[] files = Arrays.stream(names).map(name -> FREE + name).toArray(String[]::new);
    for (int i = 0; i < files.length; i++) {
      hub.write(files[i], shard("" + (char) ('a' + i)));
    }
    hub.attest(files)
        .as(names)
        .from("acme/base")
        .format("safetensors")
        .method("AWQ")
        .in(FREE + "all.sigstore.json")
        .by(QUANTS);
  }

  private void move(String from, String to) throws IOException {
    Files.createDirectories(hub.file(to).getParent());
    Files.move(hub.file(from), hub.file(to));
  }

  private void exchange(String one, String other) throws IOException {
    move(one, one + ".moved");
    move(other, one);
    move(one + ".moved", other);
  }

  private void assertReason(String quantization, Reason reason) {
    Judgement judgement = hub.judge(quantization);
    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(reason);
  }

  @Test
  void partsOfAnotherNameAreTheSameSetIfEachHasItsNumber() throws Exception {
    split(3);
    for (int number = 1; number <= 3; number++) {
      move(part("base", number, 3), part("new", number, 3));
    }
    assertReason(part("new", 1, 3), Reason.OK);

    exchange(part("new", 2, 3), part("new", 3, 3));
    assertReason(part("new", 1, 3), Reason.SUBJECT_INCOMPLETE);
  }

  @Test
  void partsAreNotThoseOfASetOfAnotherLength() throws Exception {
    split(3);
    move(part("base", 1, 3), part("new", 1, 2));
    move(part("base", 2, 3), part("new", 2, 2));
    hub.remove(part("base", 3, 3));

    assertReason(part("new", 1, 2), Reason.SUBJECT_INCOMPLETE);
  }

  /** Of two attested sets, a part each. */
  @Test
  void partsOfTwoAttestedSetsAreNoSet() throws Exception {
    String[] parts = new String[4];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = part(i < 2 ? "one" : "two", i % 2 + 1, 2);
      hub.write(parts[i], gguf(GgmlType.Q4_0, "part " + i));
    }
    hub.attest(parts).from("acme/base").in(SPLIT + "both.sigstore.json").by(QUANTS);
    assertReason(parts[0], Reason.OK);
    assertReason(parts[2], Reason.OK);

    move(parts[0], part("new", 1, 2));
    move(parts[3], part("new", 2, 2));
    hub.remove(parts[1]).remove(parts[2]);
    assertReason(part("new", 1, 2), Reason.SUBJECT_INCOMPLETE);
  }

  @Test
  void aPartOfOtherBytesIsNotAmongTheAttestedOnes() throws Exception {
    split(2);
    move(part("base", 1, 2), part("new", 1, 2));
    hub.remove(part("base", 2, 2)).write(part("new", 2, 2), gguf(GgmlType.Q4_0, "another"));

    Judgement judgement = hub.judge(part("new", 1, 2));

    assertThat(judgement.reason()).isEqualTo(Reason.SUBJECT_INCOMPLETE);
    assertThat(judgement.detail())
        .contains("attests 1 of 2 weights files; new-00002-of-00002.gguf is not among them");
  }

  @Test
  void aPartThatIsAttestedByNameAndDigestDoesNotStandForTheOthers() throws Exception {
    split(2);
    hub.write(part("base", 2, 2), gguf(GgmlType.Q4_0, "another"));
    assertReason(part("base", 1, 2), Reason.DIGEST_MISMATCH);

    hub.attest(part("base", 1, 2)).from("acme/base").by(QUANTS);
    assertReason(part("base", 1, 2), Reason.SUBJECT_INCOMPLETE);
  }

  @Test
  void exchangedPartsAreAMismatch() throws Exception {
    split(2);
    exchange(part("base", 1, 2), part("base", 2, 2));

    assertReason(part("base", 1, 2), Reason.DIGEST_MISMATCH);
  }

  @Test
  void aSetThatWasMovedAsAWholeIsVerified() throws Exception {
    free("x.safetensors", "y.safetensors");
    for (String file : List.of("config.json", "x.safetensors", "y.safetensors")) {
      move(FREE + file, FREE + "int4/" + file);
    }

    assertReason(FREE + "int4/x.safetensors", Reason.OK);
  }

  @Test
  void filesThatWereRenamedOneByOneCouldAsWellBeExchanged() throws Exception {
    free("x.safetensors", "y.safetensors");
    move(FREE + "x.safetensors", FREE + "v.safetensors");
    move(FREE + "y.safetensors", FREE + "w.safetensors");

    assertReason(FREE + "v.safetensors", Reason.SUBJECT_INCOMPLETE);
  }

  @Test
  void oneFileMayHaveAnyName() throws Exception {
    String file = "quants/one/a.gguf";
    hub.write(file, gguf(GgmlType.Q4_0, "a")).attest(file).from("acme/base").by(QUANTS);
    move(file, "quants/one/sub/b.gguf");

    assertReason("quants/one/sub/b.gguf", Reason.OK);
  }

  /** Two folders' files, one of each, under the names that they had there. */
  @Test
  void filesOfTwoAttestedFoldersAreNoFolder() throws Exception {
    free("one/x.safetensors", "one/y.safetensors", "two/x.safetensors", "two/y.safetensors");
    hub.write(FREE + "mixed/config.json", AWQ);
    move(FREE + "one/x.safetensors", FREE + "mixed/x.safetensors");
    move(FREE + "two/y.safetensors", FREE + "mixed/y.safetensors");

    assertReason(FREE + "mixed/x.safetensors", Reason.SUBJECT_INCOMPLETE);
  }

  /** Weights of two kinds, of which a loader takes one. */
  @Test
  void whatWasAttestedInTheSameFolderMustStillLieBesideTheWeights() {
    free("x.safetensors", "y.bin");
    assertReason(FREE + "x.safetensors", Reason.OK);

    hub.write(FREE + "y.bin", "another");
    assertReason(FREE + "x.safetensors", Reason.SUBJECT_INCOMPLETE);

    hub.remove(FREE + "y.bin");
    Judgement judgement = hub.judge(FREE + "x.safetensors");
    assertThat(judgement.reason()).isEqualTo(Reason.SUBJECT_INCOMPLETE);
    assertThat(judgement.detail())
        .contains("attests y.bin too, which is not among these weights or beside them");
  }

  @Test
  void whatWasAttestedWithTheWeightsAndCanNotBeReadIsAnError() {
    free("x.safetensors", "y.bin");
    String pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:"
            + hub.sha256(FREE + "y.bin")
            + "\nsize 100\n";
    hub.write(FREE + "y.bin", pointer);

    Judgement judgement = hub.judge(FREE + "x.safetensors");

    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(Reason.IO_ERROR);
    assertThat(judgement.detail()).contains("attests y.bin too, which could not be read");
  }

  @Test
  void weightsThatCanNotAllBeReadAreAnError() throws Exception {
    split(2);
    hub.remove(part("base", 2, 2));
    Files.createSymbolicLink(hub.file(part("base", 2, 2)), Path.of("nowhere"));

    assertReason(part("base", 1, 2), Reason.IO_ERROR);
  }

  @Test
  void weightsThatCanNotAllBeReadAreAnErrorAlsoIfNobodyAttestsThem() throws Exception {
    split(2);
    hub.remove(part("base", 1, 2) + ".quantization.sigstore.json").remove(part("base", 2, 2));
    Files.createSymbolicLink(hub.file(part("base", 2, 2)), Path.of("nowhere"));

    assertReason(part("base", 1, 2), Reason.IO_ERROR);
  }

  /** Its digest as a whole is another one than that of a part. */
  @Test
  void aPartOfASetIsNoSourceOfTheSet() {
    hub.policyWith(
        "publishers:\n", "publishers:\n  - {models: quants/*, signers: [{key: quants}]}\n");
    split(2);
    hub.sign("quants/split", QUANTS);
    hub.attest(part("base", 1, 2), part("base", 2, 2))
        .from("quants/split", hub.sha256(part("base", 2, 2)))
        .by(QUANTS);

    assertReason(part("base", 1, 2), Reason.CHAIN_CYCLE);
  }

  /** A subject's folder counts from the sidecar's folder, or from the root. */
  @Test
  void aNamesakeInAnotherFolderIsNotAskedFor() throws Exception {
    String old = "quants/two/old/x.gguf";
    String now = "quants/two/x.gguf";
    hub.write(old, gguf(GgmlType.Q4_0, "old")).write(now, gguf(GgmlType.Q4_0, "now"));
    hub.attest(old, now)
        .as("old/x.gguf", "x.gguf")
        .from("acme/base")
        .in("quants/two/both.sigstore.json")
        .by(QUANTS);
    assertReason(old, Reason.OK);
    assertReason(now, Reason.OK);

    exchange(old, now);
    assertReason(old, Reason.DIGEST_MISMATCH);
    assertReason(now, Reason.DIGEST_MISMATCH);
  }
}

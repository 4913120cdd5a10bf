package dev.weighmaster.chain;

import static dev.weighmaster.chain.TestHub.ACME;
import static dev.weighmaster.chain.TestHub.QUANTS;
import static dev.weighmaster.chain.TestHub.STRANGER;
import static dev.weighmaster.chain.TestHub.gguf;
import static dev.weighmaster.chain.TestHub.safetensors;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weighmaster.chain.TestHub.Signs;
import dev.weighmaster.format.gguf.GgmlType;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model that is passed off as another, which the hub does not have, by an older signature. */
class EmbeddedSignatureOfAnotherTest {
  private static final String Q4 = "quants/big-GGUF/big.Q4_0.gguf";
  private static final String BIG = "acme/big";
  private static final String SMALL = "acme/small";
  private static final String LATER = "# a later card";
  private static final int MANY = ChainJudge.MAX_CANDIDATES + 1;

  @TempDir Path directory;

  private TestHub hub;

  @BeforeEach
  void aModelAndAQuantization() {
    hub = new TestHub(directory).policy("require: {source_in_hub: false}\n");
    hub.model(SMALL).sign(SMALL, ACME).write(Q4, gguf(GgmlType.Q4_0, "small"));
  }

  /** Attests the model as it is now to be the other one; then its card changes. */
  private void passOff() {
    hub.attest(Q4).from(BIG, hub.rootDigest(SMALL)).embedding(SMALL + "/model.sig").by(QUANTS);
    hub.write(SMALL + "/README.md", LATER).sign(SMALL, ACME);
  }

  /** A model that has some weights of another, and its own. */
  private void sharing(String model, String weights) {
    hub.write(model + "/" + weights, safetensors(weights))
        .write(model + "/other.safetensors", safetensors(model))
        .sign(model, ACME);
  }

  private static List<String> many(String prefix) {
    return Stream.iterate(10, i -> i + 1).limit(MANY).map(i -> prefix + i).toList();
  }

  private void assertReason(Reason reason) {
    assertReason(Q4, reason);
  }

  private void assertReason(String quantization, Reason reason) {
    Judgement judgement = hub.judge(quantization);
    assertThat(judgement.reason()).as(judgement.detail()).isEqualTo(reason);
  }

  @Test
  void isFoundBesideTheQuantizationToo() {
    String beside = besideTheModel();

    assertReason(beside, Reason.SOURCE_IDENTITY_MISMATCH);
  }

  private String besideTheModel() {
    String beside = SMALL + "/small.Q4_0.gguf";
    hub.policyWith(
        "quantizers:\n", "quantizers:\n  - {repositories: \"acme/*\", signers: [{key: quants}]}\n");
    String older = hub.rootDigest(SMALL);
    hub.write(beside, gguf(GgmlType.Q4_0, "small"));
    hub.attest(beside).from(BIG, older).embedding(SMALL + "/model.sig").by(QUANTS);
    hub.write(SMALL + "/README.md", LATER).sign(SMALL, ACME);
    return beside;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "of a later card",
        "beside the model",
        "attested elsewhere as of another model",
        "attested beside the quantization as of another model"
      })
  void aRevocationNeverImprovesAVerdict(String which) throws IOException {
    String quantization =
        switch (which) {
          case "of a later card" -> {
            passOff();
            yield Q4;
          }
          case "beside the model" -> besideTheModel();
          case "attested elsewhere as of another model" -> attestedFile("quants/copy");
          default -> attestedFile("quants/big-GGUF");
        };
    Verdict before = hub.judge(quantization).verdict();
    assertThat(before).isEqualTo(Verdict.BROKEN);

    for (String revocation : revocations()) {
      hub.policy(revocation);
      Judgement after = hub.judge(quantization);
      assertThat(after.verdict())
          .as("%s under %s", after.detail(), revocation)
          .isEqualTo(Verdict.BROKEN);
      hub.policyWith(revocation, "");
    }
  }

  /** A source of one file, which a quantizer attests somewhere to come from another model. */
  private String attestedFile(String copy) {
    String file = SMALL + "/model.safetensors";
    hub.signFile(file, ACME);
    hub.attest(Q4).from(BIG, hub.sha256(file)).embedding(file + ".sig").by(QUANTS);
    String copied = copy + "/model.safetensors";
    hub.write(copied, safetensors(SMALL)).model("acme/third").sign("acme/third", ACME);
    hub.attest(copied).from("acme/third").format("safetensors").method("BF16").by(QUANTS);
    hub.remove(SMALL);
    return Q4;
  }

  /** All that can be revoked by a digest in the hub. */
  private List<String> revocations() throws IOException {
    List<String> revocations = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String sha256 = hub.sha256(directory.relativize(file).toString());
        String kind = file.toString().matches(".*(sig|json)") ? "statements" : "digests";
        revocations.add("revoked: {%s: [%s]}\n".formatted(kind, sha256));
      }
    }
    for (String model : List.of(SMALL, "acme/third")) {
      if (Files.exists(hub.file(model))) {
        revocations.add("revoked: {digests: [%s]}\n".formatted(hub.rootDigest(model)));
      }
    }
    return revocations;
  }

  @Test
  void isFoundAmongAnyNumberThatShareAFileOfIt() {
    hub.write(SMALL + "/vae.safetensors", safetensors("vae.safetensors")).sign(SMALL, ACME);
    passOff();
    many("acme/a").forEach(model -> sharing(model, "vae.safetensors"));
    assertReason(Reason.SOURCE_IDENTITY_MISMATCH);

    // They alone are no reason to doubt the name.
    hub.remove(SMALL);
    assertReason(Reason.OK);
  }

  @Test
  void nobodyCanTellWhetherItIsAmongThoseThatShareEachFileOfIt() {
    hub.write(SMALL + "/vae.safetensors", safetensors("vae.safetensors"))
        .write(SMALL + "/model.safetensors", safetensors("model.safetensors"))
        .sign(SMALL, ACME);
    passOff();
    many("acme/a").forEach(model -> sharing(model, "vae.safetensors"));
    many("acme/b").forEach(model -> sharing(model, "model.safetensors"));

    assertReason(Reason.UNSUPPORTED);
  }

  @Test
  void manyRevisionsOfOneModelThatSharesAFileOfItHideNothing() {
    hub.write(SMALL + "/vae.safetensors", safetensors("vae.safetensors")).sign(SMALL, ACME);
    passOff();
    many("models--acme--a/snapshots/r").forEach(each -> sharing(each, "vae.safetensors"));
    many("models--acme--b/snapshots/r").forEach(each -> sharing(each, "model.safetensors"));

    assertReason(Reason.SOURCE_IDENTITY_MISMATCH);
  }

  @Test
  void isFoundBehindAnyNumberThatAreSignedByShards() throws IOException {
    passOff();
    hub.signShards(SMALL, 64, ACME);
    for (String model : many("acme/a")) {
      hub.model(model).signShards(model, 64, ACME);
    }

    assertReason(Reason.SOURCE_IDENTITY_MISMATCH);
  }

  @Test
  void isFoundSignedByShardsThoughOthersNameEachFileOfIt() throws IOException {
    hub.write(SMALL + "/vae.safetensors", safetensors("vae.safetensors"))
        .write(SMALL + "/model.safetensors", safetensors("model.safetensors"))
        .sign(SMALL, ACME);
    passOff();
    hub.signShards(SMALL, 64, ACME);
    sharing("acme/a", "vae.safetensors");
    sharing("acme/b", "model.safetensors");
    for (String model : many("acme/c")) {
      hub.model(model).signShards(model, 64, ACME);
    }

    assertReason(Reason.SOURCE_IDENTITY_MISMATCH);
  }

  @Test
  void theNamedModelIsFoundBehindAnyNumberOfRevisionsWithoutWeights() {
    hub.attest(Q4)
        .from("acme/Large", hub.rootDigest(SMALL))
        .embedding(SMALL + "/model.sig")
        .by(QUANTS);
    hub.remove(SMALL);
    many("models--acme--large/snapshots/r")
        .forEach(revision -> hub.write(revision + "/README.md", revision));
    hub.write("models--acme--large/snapshots/rX/model.safetensors", safetensors("large"));

    assertReason(Reason.SOURCE_DIGEST_MISMATCH);
  }

  @Test
  void aModelThatIsCalledByItsOldNameIsTheOneOfTodaysName() {
    hub.policy("aliases: [{from: former/small, to: acme/small}]\n")
        .policyWith(
            "quantizers:\n",
            "  - {models: \"former/*\", signers: [{key: stranger}]}\nquantizers:\n");
    embedding("former/small", ACME);
    assertReason(Reason.OK);
    assertThat(hub.judge(Q4).sourceModel()).contains(SMALL);

    // Whoever has the old name today has not published the model.
    embedding("former/small", STRANGER);
    assertReason(Reason.SOURCE_SIGNER_NOT_TRUSTED);
  }

  private void embedding(String name, Signs signer) {
    hub.model(SMALL).sign(SMALL, signer);
    hub.attest(Q4).from(name, hub.rootDigest(SMALL)).embedding(SMALL + "/model.sig").by(QUANTS);
    hub.remove(SMALL);
  }
}

package dev.weighmaster.jobs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.sign.LocalTuf;
import dev.weighmaster.signature.LocalSigstore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustRefreshCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NAME = "trusted_root.json";

  @TempDir private Path folder;
  private LocalTuf tuf;
  private byte[] first;
  private byte[] second;
  private Path file;

  @BeforeEach
  void aRepositoryWithATrustedRoot() throws IOException {
    tuf = LocalTuf.start();
    Files.write(folder.resolve("root.json"), tuf.root());
    Files.writeString(folder.resolve("policy.yaml"), "version: 1\n");
    first = LocalSigstore.create(Instant.parse("2026-11-22T00:00:00Z")).trustedRoot();
    var newer = JSON.readTree(first);
    ((ObjectNode) newer.at("/tlogs/0/publicKey/validFor")).put("end", "2026-11-22T00:00:00Z");
    ((ArrayNode) newer.at("/tlogs")).remove(1);
    second = JSON.writeValueAsBytes(newer);
    file = folder.resolve("acme.trusted_root.json");
    tuf.publish(1, NAME, first);
  }

  @AfterEach
  void close() {
    tuf.close();
  }

  @Test
  void theNewestRootIsTakenAndWhatHasChangedIsSaid() throws IOException {
    assertThat(refresh().succeeded())
        .startsWith("updated " + file + "\n  is           sha256:" + Sha256Hex.of(first) + "\n")
        .contains("  added        certificate authority https://fulcio.sigstore.example (")
        .contains(", in use from 2025-11-22T00:00:00Z\n");
    assertThat(file).hasBinaryContent(first);
    assertThat(refresh().succeeded())
        .isEqualTo(file + " is the newest, sha256:" + Sha256Hex.of(first) + "\n");

    tuf.publish(2, NAME, second);
    assertThat(refresh().succeeded())
        .startsWith("updated " + file + "\n  was          sha256:" + Sha256Hex.of(first))
        .containsPattern(
            "\\n  changed      transparency log https://rekor.sigstore.example \\(\\w{12}\\), in use"
                + " from 2025-11-22T00:00:00Z until 2026-11-22T00:00:00Z, was in use from"
                + " 2025-11-22T00:00:00Z\\n  removed      transparency log \\S+ \\(\\w{12}\\)\\n$");
    assertThat(file).hasBinaryContent(second);
  }

  @Test
  void aMachineReadsWhetherTheFileHasChanged() throws IOException {
    assertThat(refresh("--json").succeeded())
        .startsWith("{\"trusted_root\":\"" + file + "\",\"updated\":true,\"sha256\":\"");
    assertThat(refresh("--json").succeeded())
        .contains("\"updated\":false")
        .contains("\"changes\":[]");
  }

  @Test
  void aSignatureByAnotherKeyLeavesTheOldFile() throws IOException {
    refresh().succeeded();
    tuf.publishByAnotherKey(2, NAME, second);

    assertRefused("SignatureVerificationException");
  }

  @Test
  void aRepositoryThatGoesBackLeavesTheOldFile() throws IOException {
    tuf.publish(3, NAME, first);
    refresh().succeeded();
    tuf.publish(2, NAME, second);

    assertRefused("RollbackVersionException");
  }

  @Test
  void aRepositoryThatIsNoLongerKeptUpLeavesTheOldFile() throws IOException {
    refresh().succeeded();
    tuf.publishUntil(Instant.parse("2026-01-01T00:00:00Z"), 2, NAME, second);

    assertRefused("RoleExpiredException");
  }

  @Test
  void aTargetThatIsNotTheOneInTheMetadataLeavesTheOldFile() throws IOException {
    refresh().succeeded();
    tuf.publish(2, NAME, second);
    byte[] longer = second.clone();
    longer[longer.length - 1] ^= 1;
    tuf.swap(NAME, second, longer);

    assertRefused("InvalidHashesException");
  }

  @Test
  void whatIsNoTrustedRootLeavesTheOldFile() throws IOException {
    refresh().succeeded();
    tuf.publish(2, NAME, "{}".getBytes(UTF_8));

    assertRefused("lacks certificateAuthorities");
  }

  @Test
  void aRepositoryThatIsNotThereIsNamed() throws IOException {
    refresh().succeeded();
    tuf.publish(2, "another.json", second);

    assertRefused("TargetMetadataMissingException");
  }

  @Test
  void aRepositoryThatDoesNotAnswerIsSaidToBeOutOfReach() throws IOException {
    refresh().succeeded();
    tuf.close();

    assertRefused("can't be reached: ");
  }

  @Test
  void withoutAPolicyNothingIsWritten() throws IOException {
    Files.delete(folder.resolve("policy.yaml"));

    assertThat(refresh().failed(3)).contains("policy.yaml: no such policy");
    assertThat(file).doesNotExist();
  }

  @Test
  void anInstanceIsNamedOnce() {
    assertThat(Commands.run("trust").exitCode()).isEqualTo(64);
    assertThat(Commands.run("trust", "refresh", "--tuf-mirror", tuf.mirror()).exitCode())
        .isEqualTo(64);
    assertThat(refresh("--staging").failed(64)).startsWith("--staging and --tuf-mirror are two");
  }

  private void assertRefused(String why) throws IOException {
    assertThat(refresh().failed(3)).contains(tuf.mirror().toString()).contains(why);
    assertThat(file).hasBinaryContent(first);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("root.json", "policy.yaml", "cache", "acme.trusted_root.json");
    }
  }

  private Commands.Result refresh(Object... more) {
    Object[] arguments =
        Stream.concat(
                Stream.of(
                    "trust",
                    "refresh",
                    "--policy",
                    folder.resolve("policy.yaml"),
                    "--file",
                    file.getFileName(),
                    "--tuf-mirror",
                    tuf.mirror(),
                    "--tuf-root",
                    folder.resolve("root.json"),
                    "--tuf-cache",
                    folder.resolve("cache")),
                Stream.of(more))
            .toArray();
    return Commands.run(arguments);
  }
}

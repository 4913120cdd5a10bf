package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weighmaster.jobs.SmallHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which hub {@code verify} takes a path to be of that is given without one. */
class AssumedHubTest {
  private static final String CACHED = "models--quants--base-GGUF/snapshots/r1";

  @TempDir private Path folder;
  private SmallHub small;

  @BeforeEach
  void writeAHub() throws Exception {
    small = SmallHub.write(folder.resolve("work"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil", "evil/repo", "evil/repo/a/b/c", "evil/.hidden"})
  void aHubLaidOutInsideOfAnOrganisationIsNotTakenForOne(String inside) throws IOException {
    Path inner = small.hub().resolve(inside);
    layOut(inner);

    assertThatNobodyCanSay(inner.resolve(SmallHub.QUANTIZED));
    assertThatNobodyCanSay(inner.resolve(SmallHub.QUANTIZED).resolve("base-Q4_0.gguf"));
    assertThat(verify(inner.resolve(SmallHub.QUANTIZED), "--hub", small.hub()).exitCode())
        .isNotZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"datasets--evil--d/snapshots/r1", "spaces--evil--s"})
  void norIsOneInADataSetOrASpaceOfACache(String repository) throws IOException {
    Path cache = folder.resolve("work/cache");
    layOut(cache.resolve(repository));

    assertThatNobodyCanSay(cache.resolve(repository).resolve(SmallHub.QUANTIZED));
  }

  /** Unlike {@code /tmp}, a group's shared folder is no place where strangers lay things. */
  @Test
  void norIsOneInAHubThatAGroupShares() throws IOException {
    Path inner = small.hub().resolve("evil/repo");
    layOut(inner);
    Files.setAttribute(small.hub(), "unix:mode", 03775);

    assertThatNobodyCanSay(inner.resolve(SmallHub.QUANTIZED));
  }

  @Test
  void norIsOneThatIsReachedByALink() throws IOException {
    layOut(small.hub().resolve("evil/repo/inner"));
    Path link =
        Files.createSymbolicLink(
            folder.resolve("link"), small.hub().resolve("evil/repo/inner").toRealPath());

    assertThatNobodyCanSay(link.resolve(SmallHub.QUANTIZED));
  }

  @Test
  void norIsACacheInsideOfARepository() throws IOException {
    Path inner = small.hub().resolve("evil/repo");
    layOutAsCache(inner);

    assertThatNobodyCanSay(inner.resolve(CACHED).resolve("base-Q4_0.gguf"));
  }

  @Test
  void norIsACacheInsideOfACache() throws IOException {
    Path inner = folder.resolve("cache/models--evil--repo/snapshots/r1");
    layOutAsCache(inner);

    assertThatNobodyCanSay(inner.resolve(CACHED).resolve("base-Q4_0.gguf"));
  }

  @Test
  void norIsOneInsideOfARepositoryBesideModelsInACache() throws IOException {
    layOutAsCache(folder.resolve("cache"));
    Path inner = folder.resolve("cache/evil/repo");
    layOut(inner);

    assertThatNobodyCanSay(inner.resolve(SmallHub.QUANTIZED));
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "model.sig", "model.safetensors.index.json"})
  void norIsOneInTheOnlyRepositoryOfAHubThatIsAModel(String file) throws IOException {
    Path repository = folder.resolve("other/evil/repo");
    layOut(repository);
    Files.writeString(repository.resolve(file), "---\nlicense: mit\n---\n");

    assertThatNobodyCanSay(repository.resolve(SmallHub.QUANTIZED));
  }

  @Test
  void trustExplainTakesNoNamesFromThereEither() throws IOException {
    Path inner = small.hub().resolve("evil/repo");
    layOut(inner);

    assertThat(
            Commands.run(
                    "trust",
                    "explain",
                    inner.resolve(SmallHub.QUANTIZED),
                    "--policy",
                    small.policy())
                .failed(64))
        .contains("--hub");
  }

  @Test
  void itIsSaidWhichHubIsAssumedAndOnlyThen() throws IOException {
    Path repository = small.hub().resolve(SmallHub.QUANTIZED);

    assertThat(verify(repository).succeeded())
        .startsWith("VERIFIED  " + SmallHub.QUANTIZED)
        .contains("hub: " + small.hub() + ", assumed");
    assertThat(json(verify(repository, "--json")).path("assumed_hub").textValue())
        .isEqualTo(small.hub().toString());
    assertThat(verify(repository, "--hub", small.hub()).succeeded()).doesNotContain("assumed");
    assertThat(json(verify(repository, "--hub", small.hub(), "--json")).has("assumed_hub"))
        .isFalse();
  }

  @Test
  void aHubInAFolderThatSomebodyWorksInIsTakenForOne() throws IOException {
    Path work = small.hub().getParent();
    Files.writeString(work.resolve("README.md"), "# Notes\n");
    Files.writeString(work.resolve(".gitattributes"), "*.gguf filter=lfs\n");
    Files.write(work.resolve("base-Q4_0.gguf"), SmallHub.quantization());
    Files.createDirectories(work.resolve("llama.cpp/models"));
    Files.writeString(work.resolve("llama.cpp/Makefile"), "all:\n");
    Files.write(work.resolve("llama.cpp/models/vocab.gguf"), SmallHub.quantization());

    assertThat(verify(small.hub().resolve(SmallHub.QUANTIZED)).exitCode()).isZero();
  }

  @Test
  void hubsSideBySideAreTakenForHubs() throws IOException {
    layOut(folder.resolve("work/second"));
    layOutAsCache(folder.resolve("work/third"));

    for (String path :
        List.of(
            "hub/" + SmallHub.QUANTIZED,
            "second/" + SmallHub.QUANTIZED,
            "third/" + CACHED + "/base-Q4_0.gguf")) {
      assertThat(verify(folder.resolve("work").resolve(path)).exitCode()).as(path).isZero();
    }
  }

  @Test
  void aCacheInAHiddenFolderIsTakenForAHubWhateverLiesBesideIt() throws IOException {
    Path cache = folder.resolve("work/.cache/huggingface/hub");
    layOutAsCache(cache);
    Files.createDirectories(folder.resolve("work/models/llama"));
    Files.write(folder.resolve("work/models/llama/a.gguf"), SmallHub.quantization());

    assertThat(verify(cache.resolve(CACHED).resolve("base-Q4_0.gguf")).exitCode()).isZero();
  }

  private void layOut(Path hub) throws IOException {
    copy(small.hub().resolve(SmallHub.SOURCE), hub.resolve(SmallHub.SOURCE));
    copy(small.hub().resolve(SmallHub.QUANTIZED), hub.resolve(SmallHub.QUANTIZED));
  }

  private void layOutAsCache(Path hub) throws IOException {
    copy(small.hub().resolve(SmallHub.SOURCE), hub.resolve("models--acme--base/snapshots/r1"));
    copy(small.hub().resolve(SmallHub.QUANTIZED), hub.resolve(CACHED));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private void assertThatNobodyCanSay(Path path) {
    assertThat(verify(path).failed(64)).contains("may be of the hub", "--hub");
  }

  private Commands.Result verify(Path path, Object... options) {
    return Commands.run(
        Stream.concat(Stream.of("verify", path, "--policy", small.policy()), Stream.of(options))
            .toArray());
  }

  private static JsonNode json(Commands.Result result) throws IOException {
    return new ObjectMapper().readTree(result.succeeded());
  }
}

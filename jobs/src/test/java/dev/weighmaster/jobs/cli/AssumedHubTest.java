package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weighmaster.jobs.SmallHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which hub a path is of if nobody names one; {@link LocaleTest} has a whole command. */
class AssumedHubTest {
  private static final String SNAPSHOT = "models--quants--base-GGUF/snapshots/r1";

  @TempDir private Path folder;
  private Map<String, String> environment;

  @BeforeEach
  void aHome() {
    environment = Map.of("HOME", folder.resolve("home").toString());
  }

  private Path file(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "weights");
  }

  private HubPath assumed(Path path, String working) {
    return HubPath.assumed(path, folder.resolve(working), environment);
  }

  @ParameterizedTest
  @CsvSource({
    "hub/quants/base-GGUF, quants/base-GGUF",
    "hub/quants/base-GGUF/a.gguf, quants/base-GGUF/a.gguf",
    "hub/quants/../quants/base-GGUF/, quants/base-GGUF",
  })
  void theWorkingDirectoryIsTheHubOfARepositoryInIt(String path, String within) throws IOException {
    file("hub/quants/base-GGUF/a.gguf");

    assertThat(assumed(folder.resolve(path), "hub"))
        .isEqualTo(new HubPath(folder.resolve("hub"), within));
  }

  @ParameterizedTest
  @ValueSource(strings = {SNAPSHOT, SNAPSHOT + "/a.gguf", SNAPSHOT + "/Q4/a.gguf"})
  void soItIsOfASnapshotInIt(String path) throws IOException {
    file("hub/" + SNAPSHOT + "/a.gguf");
    file("hub/" + SNAPSHOT + "/Q4/a.gguf");

    assertThat(assumed(folder.resolve("hub/" + path), "hub"))
        .isEqualTo(new HubPath(folder.resolve("hub"), path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"models--stranger--x/snapshots/r1", "models--stranger--x/snapshots/r1/sub"})
  void aFolderOfACachedModelIsNoHubWhereverTheCacheIs(String working) throws IOException {
    file("elsewhere/" + working + "/quants/base-GGUF/a.gguf");
    file("elsewhere/" + working + "/" + SNAPSHOT + "/a.gguf");

    for (String path : List.of("quants/base-GGUF", "quants/base-GGUF/a.gguf", SNAPSHOT)) {
      Path inIt = folder.resolve("elsewhere").resolve(working).resolve(path);
      assertThatThrownBy(() -> assumed(inIt, "elsewhere/" + working))
          .isInstanceOf(CommandFailure.class)
          .hasMessageEndingWith(
              "with --hub, which is %s if that is your cache", folder.resolve("elsewhere"));
    }
  }

  /** Of a longer path nobody can say whether its first folders are a repository, or above a hub. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "work/hub/quants/base-GGUF",
        "work/hub/quants/base-GGUF/a.gguf",
        "work/hub/quants/base-GGUF/Q4",
        "work/hub",
        "work/hub/quants",
        "work",
        "work/" + SNAPSHOT,
      })
  void otherwiseTheHubMustBeNamed(String path) throws IOException {
    file("work/hub/quants/base-GGUF/Q4/a.gguf");
    file("work/hub/quants/base-GGUF/a.gguf");
    file("work/" + SNAPSHOT + "/a.gguf");

    for (String working : List.of("", "work/hub/quants/base-GGUF", "elsewhere")) {
      if (!(working.isEmpty() && path.equals("work/hub"))) {
        assertThatThrownBy(() -> assumed(folder.resolve(path), working))
            .isInstanceOf(CommandFailure.class)
            .hasMessageStartingWith("name the hub of " + folder.resolve(path) + " with --hub");
      }
    }
  }

  /** Whatever anybody lays out in a repository of theirs. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "models--evil--m/snapshots/r1/",
        "datasets--evil--d/snapshots/r1/",
        "spaces--evil--s/snapshots/r1/",
        ".locks/",
        "evil/repo/",
      })
  void nothingInsideOfTheCacheIsAHubEvenForWhoWorksThere(String inside) throws IOException {
    String cache = "home/.cache/huggingface/hub/";
    file(cache + inside + "quants/base-GGUF/a.gguf");
    file(cache + inside + SNAPSHOT + "/a.gguf");

    for (String path : List.of("quants/base-GGUF", SNAPSHOT + "/a.gguf")) {
      assertThat(assumed(folder.resolve(cache + inside + path), cache + inside))
          .isEqualTo(new HubPath(folder.resolve(cache).normalize(), inside + path));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HF_HUB_CACHE, caches, caches",
    "HF_HOME, hf, hf/hub",
    "XDG_CACHE_HOME, xdg, xdg/huggingface/hub",
    "HF_HOME, '', home/.cache/huggingface/hub",
    "OTHER, x, home/.cache/huggingface/hub",
    "HF_HUB_CACHE, ~/own, home/own",
  })
  void theCacheIsWhereTheLibrariesKeepIt(String variable, String value, String cache)
      throws IOException {
    String named =
        value.isEmpty() || value.startsWith("~") ? value : folder.resolve(value).toString();
    environment = Map.of("HOME", folder.resolve("home").toString(), variable, named);
    Path weights = file(cache + "/" + SNAPSHOT + "/a.gguf");

    assertThat(assumed(weights, "elsewhere"))
        .isEqualTo(new HubPath(folder.resolve(cache), SNAPSHOT + "/a.gguf"));
  }

  @Test
  void theFirstOfTheVariablesCounts() {
    environment =
        Map.of("HF_HUB_CACHE", "/one", "HF_HOME", "/two", "XDG_CACHE_HOME", "/three", "HOME", "/h");
    assertThat(HuggingFaceCache.folder(environment)).isEqualTo(Path.of("/one"));

    environment = Map.of("HF_HOME", "/two", "XDG_CACHE_HOME", "/three", "HOME", "/h");
    assertThat(HuggingFaceCache.folder(environment)).isEqualTo(Path.of("/two/hub"));
  }

  @Test
  void theCommandsExitWithAUsageErrorAndSayWhatCouldBeNamed() throws Exception {
    SmallHub small = SmallHub.write(folder.resolve("work"));
    Path repository = small.hub().resolve(SmallHub.QUANTIZED);
    String message =
        "name the hub of %s with --hub, which is %s if its repository is %s"
            .formatted(repository, small.hub(), SmallHub.QUANTIZED);

    assertThat(Commands.run("verify", repository, "--policy", small.policy()).failed(64))
        .startsWith(message);
    assertThat(Commands.run("trust", "explain", repository, "--policy", small.policy()).failed(64))
        .startsWith(message);
    String named =
        Commands.run(
                "verify", repository, "--hub", small.hub(), "--policy", small.policy(), "--json")
            .succeeded();
    assertThat(new ObjectMapper().readTree(named).has("assumed_hub")).isFalse();
  }
}

package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weighmaster.jobs.cli.Commands.Result;
import dev.weighmaster.jobs.demo.DemoHub;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/weighing.md has the reader type, on the demo's hub. */
class WeighingDocumentTest {
  private static final Path DOCUMENT =
      Path.of(System.getProperty("weighmaster.root"), "docs/weighing.md");
  private static final Pattern COMMAND = Pattern.compile("(?m)^bin/weighmaster (weigh .*)$");

  /** Where {@code weighmaster demo} makes its hub. */
  private static final String FOLDER = "weighmaster-demo";

  @TempDir private static Path folder;
  private static String document;
  private static final List<Result> RESULTS = new ArrayList<>();

  @BeforeAll
  static void typeEveryCommand() throws IOException {
    Path demo = folder.resolve(FOLDER);
    DemoHub.create(demo);
    document = Files.readString(DOCUMENT);
    for (MatchResult command :
        COMMAND.matcher(document.replaceAll("\\\\\\n *", "")).results().toList()) {
      RESULTS.add(run(command.group(1).replace(FOLDER, demo.toString())));
    }
  }

  private static Result run(String command) {
    return Commands.run((Object[]) command.split(" +"));
  }

  @Test
  void theFirstIsExactTheSecondDeviatesAndTheOthersAreOfRepositories() {
    assertThat(RESULTS).extracting(Result::exitCode).containsExactly(0, 2, 0, 1);
    assertThat(RESULTS.get(0).out()).contains("tiny-Q4_1.gguf is EXACT: each of its 21 tensors ");
    assertThat(RESULTS.get(1).out())
        .contains(
            "tiny-Q4_1.gguf DEVIATES from tiny-F16.gguf: 1 of 21 tensors can't come from it,"
                + " the first of them blk.1.ffn_down.weight.");
    assertThat(RESULTS.get(2).out())
        .contains("tiny-Q4_1.gguf is EXACT: each of its 21 tensors is")
        .contains("of tiny-base");
    assertThat(RESULTS.get(3).out()).contains("tiny-chat-GPTQ is WITHIN_BOUNDS of tiny-chat");
  }

  /** But for those that say what they count. */
  @Test
  void everyFieldOfTheJsonIsNamed() throws IOException {
    String hub = folder.resolve(FOLDER).resolve("hub/quantco/edited-weights-GGUF").toString();
    Result result =
        run("weigh %s/tiny-Q4_1.gguf --source %s/tiny-F16.gguf --json".formatted(hub, hub));
    JsonNode json = new ObjectMapper().readTree(result.out());
    Set<String> fields = new TreeSet<>();
    json.fieldNames().forEachRemaining(fields::add);
    JsonNode deviating =
        json.path("tensors").findParents("level").stream()
            .filter(tensor -> tensor.path("level").asText().equals("DEVIATES"))
            .findFirst()
            .orElseThrow();
    deviating.fieldNames().forEachRemaining(fields::add);
    for (String nested : List.of("errors", "worst_block", "deviation")) {
      deviating.path(nested).fieldNames().forEachRemaining(fields::add);
    }

    assertThat(json.path("level").asText()).isEqualTo("DEVIATES");
    assertThat(fields)
        .hasSizeGreaterThan(20)
        .allMatch(field -> document.matches("(?s).*`" + field + "(\\[\\])?`.*"));
  }
}

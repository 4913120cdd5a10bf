package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What conf/ would have a calendar run is understood by the commands. */
class ScheduledCommandsTest {
  private static final Path CONF = Path.of(System.getProperty("weighmaster.root"), "conf");
  private static final Pattern CRON =
      Pattern.compile("(?m)^(?:[\\d*/,-]+ ){5} \\w+  \\S*/spark-submit .*?\\.jar (.*) 2>>\\S+$");

  static Stream<List<String>> commands() throws IOException {
    return Stream.concat(ofCron(), Stream.of(ofKubernetes()));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aScheduledCommandIsUnderstood(List<String> words) {
    assertThatCode(() -> Main.commandLine().parseArgs(words.toArray(String[]::new)))
        .doesNotThrowAnyException();
  }

  @Test
  void everyLineOfTheCalendarIsACommandAVariableOrAComment() throws IOException {
    List<String> lines = Files.readAllLines(CONF.resolve("cron.example"));

    assertThat(lines)
        .filteredOn(line -> !CRON.matcher(line).matches())
        .allMatch(line -> line.isEmpty() || line.matches("#.*|[A-Z_]+=\\S+"));
    // A percent sign ends a command of cron's.
    assertThat(lines)
        .filteredOn(line -> CRON.matcher(line).matches())
        .noneMatch(l -> l.contains("%"));
  }

  @Test
  void theNightIsTheSameOnAMachineAndOnKubernetes() throws IOException {
    assertThat(ofCron()).contains(ofKubernetes());
  }

  private static Stream<List<String>> ofCron() throws IOException {
    return CRON.matcher(Files.readString(CONF.resolve("cron.example")))
        .results()
        .map(line -> List.of(line.group(1).split(" ", -1)));
  }

  private static List<String> ofKubernetes() throws IOException {
    Object node =
        new Load(LoadSettings.builder().build())
            .loadFromString(Files.readString(CONF.resolve("kubernetes/cronjob.yaml")));
    for (String name : List.of("spec", "jobTemplate", "spec", "template", "spec", "containers")) {
      node = ((Map<?, ?>) node).get(name);
    }
    Map<?, ?> driver = (Map<?, ?>) ((List<?>) node).get(0);
    List<String> words = ((List<?>) driver.get("args")).stream().map(String.class::cast).toList();
    int jar = words.indexOf("local:///opt/weighmaster/weighmaster.jar");
    return words.subList(jar + 1, words.size());
  }
}

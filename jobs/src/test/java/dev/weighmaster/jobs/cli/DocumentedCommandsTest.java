package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The documents and the commands' help tell the reader to type what the commands understand. */
class DocumentedCommandsTest {
  private static final Path ROOT = Path.of(System.getProperty("weighmaster.root"));
  private static final Pattern BLOCK = Pattern.compile("(?ms)^ *```.*?\\n(.*?)^ *```");
  private static final Pattern SPAN = Pattern.compile("`([^`]+)`");
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*");
  private static final Pattern COMMAND =
      Pattern.compile(
          "(?m)^(?:\\$ |\\w+=\\S+ )?(?:bin/weighmaster|weighmaster|spark-submit .*\\.jar) +(.*)$");
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

  /** What a document may name beside our own options: those of bin/weighmaster and spark-submit. */
  private static final Set<String> OPTIONS_OF_OTHERS =
      Set.of("--yes", "--conf", "--properties-file");

  static Stream<String> commandsInDocuments() throws IOException {
    return documents().stream()
        .flatMap(document -> BLOCK.matcher(document).results())
        .flatMap(block -> commands(block.group(1)));
  }

  static Stream<String> commandsInHelp() {
    return subcommands(Main.commandLine())
        .map(line -> String.join("\n", line.getCommandSpec().usageMessage().footer()))
        .flatMap(footer -> commands(footer.replace("%n", "\n").replace("%%", "%")));
  }

  @ParameterizedTest
  @MethodSource({"commandsInDocuments", "commandsInHelp"})
  void everyExampleIsUnderstood(String command) {
    String[] words =
        WORD.matcher(command)
            .results()
            .map(word -> word.group().replaceAll("^[\"']|[\"']$", ""))
            .toArray(String[]::new);

    assertThatCode(() -> Main.commandLine().parseArgs(words)).doesNotThrowAnyException();
  }

  @Test
  void everyCommandAndOptionThatADocumentNamesExists() throws IOException {
    Set<String> options =
        subcommands(Main.commandLine())
            .flatMap(line -> line.getCommandSpec().optionsMap().keySet().stream())
            .collect(Collectors.toSet());
    var unknown = new TreeSet<String>();
    for (String document : documents()) {
      for (MatchResult span :
          SPAN.matcher(BLOCK.matcher(document).replaceAll("")).results().toList()) {
        String text = span.group(1).replaceAll("\\s+", " ");
        OPTION.matcher(text).results().map(MatchResult::group).forEach(unknown::add);
        commands(text)
            .map(command -> command.split(" ", 2)[0])
            .filter(name -> !name.startsWith("-") && !name.equals("COMMAND"))
            .filter(name -> !Main.commandLine().getSubcommands().containsKey(name))
            .forEach(unknown::add);
      }
    }
    unknown.removeAll(options);
    unknown.removeAll(OPTIONS_OF_OTHERS);

    assertThat(unknown).isEmpty();
  }

  @Test
  void theDocumentsAndTheHelpHaveExamples() throws IOException {
    assertThat(commandsInDocuments()).anyMatch(command -> command.startsWith("sign "));
    assertThat(commandsInHelp()).anyMatch(command -> command.startsWith("attest "));
  }

  /** Commands of ours, each without the program's name, its comment and its line breaks. */
  private static Stream<String> commands(String text) {
    String whole = text.replaceAll("\\\\\\n *", "");
    return COMMAND
        .matcher(whole.replaceAll("(?m)^ +", ""))
        .results()
        .map(command -> command.group(1).replaceAll(" +# .*", "").strip());
  }

  private static Stream<CommandLine> subcommands(CommandLine line) {
    return Stream.concat(
        Stream.of(line),
        line.getSubcommands().values().stream().flatMap(DocumentedCommandsTest::subcommands));
  }

  private static List<String> documents() throws IOException {
    List<Path> files = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(files::add);
    }
    var texts = new ArrayList<String>();
    for (Path file : files) {
      texts.add(Files.readString(file));
    }
    return texts;
  }
}

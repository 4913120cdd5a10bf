package dev.weighmaster.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** What every command has, whichever it is, so that people find their way without the documents. */
class CommandTreeTest {
  static Stream<CommandSpec> commands() {
    return commands(Main.commandLine());
  }

  private static Stream<CommandSpec> commands(CommandLine line) {
    return Stream.concat(
        Stream.of(line.getCommandSpec()),
        line.getSubcommands().values().stream().flatMap(CommandTreeTest::commands));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandSaysWhatItDoesHowItEndsAndShowsAnExample(CommandSpec command) {
    UsageMessageSpec usage = command.usageMessage();

    assertThat(usage.description()).isNotEmpty();
    assertThat(usage.exitCodeListHeading()).isEqualTo(HelpHeading.EXIT_CODES);
    assertThat(usage.exitCodeList()).containsKeys("0", "64");
    assertThat(usage.footerHeading()).endsWith(HelpHeading.EXAMPLES);
    assertThat(usage.footer()).anyMatch(line -> line.startsWith("  " + command.qualifiedName()));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyOptionAndParameterSaysWhatItIs(CommandSpec command) {
    assertThat(command.args())
        .allSatisfy(argument -> assertThat(argument.description()).isNotEmpty());
  }

  /** Picocli looks at all members of all commands, also where only one is run, without Spark. */
  @ParameterizedTest
  @MethodSource("commands")
  void noMemberOfACommandNamesAClassOfSpark(CommandSpec command) {
    Class<?> type = command.userObject().getClass();

    assertThat(
            Stream.concat(
                Stream.of(type.getDeclaredFields()).map(Field::toGenericString),
                Stream.of(type.getDeclaredMethods()).map(Method::toGenericString)))
        .noneMatch(member -> member.contains("org.apache."));
  }

  @Test
  void aMachineCanReadEveryResult() {
    assertThat(
            commands()
                .filter(command -> command.subcommands().isEmpty())
                .filter(command -> command.findOption("--json") == null)
                .map(CommandSpec::qualifiedName))
        // sql has formats, serve and bom give JSON, and the others print only what they make.
        .containsExactlyInAnyOrder(
            "weighmaster sql",
            "weighmaster demo",
            "weighmaster completion",
            "weighmaster serve",
            "weighmaster bom");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void theHelpFitsATerminalOfEightyColumns(CommandSpec command) {
    String help = command.commandLine().getUsageMessage(Ansi.OFF);

    assertThat(help.lines().filter(line -> !line.startsWith("  weighmaster")))
        .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
  }

  @ParameterizedTest
  @CsvSource({
    "sgl, sql",
    "audti --hub h, audit",
    "table prun, prune",
    "trust explian, explain",
    "verify --polcy p h, --policy",
    "audit --hub h --tabel t, --table",
    "sql --table t --formt=csv q, --format",
  })
  void aMisspeltCommandOrOptionIsAnsweredWithTheNearest(String line, String suggestion) {
    Commands.Result result = Commands.run((Object[]) line.split(" ", -1));

    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("\nDid you mean '" + suggestion + "'?\n");
  }

  @ParameterizedTest
  @CsvSource({
    "weighmaster aud, audit",
    "weighmaster table ver, verify",
    "weighmaster sql --fo, --format",
    "weighmaster sql --format ma, markdown",
    "weighmaster completion z, zsh",
  })
  void bashCompletes(String typed, String expected, @TempDir Path folder) throws Exception {
    Path script = folder.resolve("completion");
    Files.writeString(script, Commands.run("completion", "bash").succeeded());
    var command =
        new ArrayList<>(
            List.of(
                "bash",
                "--norc",
                "-c",
                "source \"$0\" && compopt() { :; } && COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) && COMPREPLY=()"
                    + " && _complete_weighmaster; echo \"${COMPREPLY[*]}\"",
                script.toString()));
    command.addAll(List.of(typed.split(" ", -1)));
    Path out = folder.resolve("out");
    Process bash =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      assertThat(bash.waitFor(1, TimeUnit.MINUTES)).as("ended in time").isTrue();
    } finally {
      bash.destroyForcibly();
    }

    assertThat(Files.readString(out).strip()).isEqualTo(expected);
  }

  @Test
  void zshIsGivenTheScriptThatAlsoUnderstandsIt() {
    assertThat(Commands.run("completion", "zsh").succeeded())
        .contains("bashcompinit")
        .isEqualTo(Commands.run("completion", "bash").succeeded());
  }
}

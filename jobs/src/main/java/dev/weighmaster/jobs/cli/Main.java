package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.text.PlainText;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The entry point of the jar, for {@code java}, {@code bin/weighmaster} and spark-submit alike. */
@Command(
    name = "weighmaster",
    description = "Audits the provenance of every quantized model in a hub.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:done; of verify: verified; of weigh: EXACT or EQUIVALENT",
      "1:of verify: unverified; of weigh: WITHIN_BOUNDS or NOT_COMPARED",
      "2:of verify: broken; of weigh: DEVIATES; of the others: findings, as their help says",
      "3:the command failed",
      "64:usage error"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster demo",
      "  weighmaster audit --hub /srv/hub --table /srv/audit --policy policy.yaml",
      "  weighmaster verify hub/acme/base-7b-GGUF --policy policy.yaml",
      "  weighmaster sql --table /srv/audit --named newly-broken",
      "  weighmaster audit --help"
    },
    exitCodeOnInvalidInput = ExitCode.USAGE,
    exitCodeOnExecutionException = ExitCode.ERROR)
public final class Main implements Runnable {
  private static final String DEBUG = "--debug";

  /** The level of what Spark logs of failures that end a command, with their traces. */
  private static final String SPARK_FAILURES = "weighmaster.spark.failures";

  private static final List<Class<?>> COMMANDS =
      List.of(
          AuditCommand.class,
          VerifyCommand.class,
          WeighCommand.class,
          ServeCommand.class,
          SignCommand.class,
          AttestCommand.class,
          VsaCommand.class,
          BomCommand.class,
          InspectCommand.class,
          TrustCommand.class,
          SqlCommand.class,
          BadgesCommand.class,
          TableCommand.class,
          ReportCommand.class,
          DemoCommand.class,
          CompletionCommand.class);

  @Spec private CommandSpec spec;

  @Option(
      names = DEBUG,
      description = "Print the stack trace of an error.",
      scope = ScopeType.INHERIT)
  private boolean debug;

  private Main() {}

  public static void main(String[] args) {
    if (Arrays.asList(args).contains(DEBUG)) {
      System.setProperty(SPARK_FAILURES, "error");
    }
    int exitCode = run(args);
    // Not on success: YARN takes an exit for a failure, whatever the code.
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  /** Hadoop's local files report a full disk by an error of their own, which is no exception. */
  private static int run(String[] args) {
    CommandLine line = commandLine();
    try {
      return line.execute(args);
    } catch (Error e) {
      if (FailureLine.isFullDisk(e)) {
        line.getErr().println(FailureLine.of(e));
      } else {
        // Left to the JVM, it would end with 1, which is a result of verify and weigh.
        e.printStackTrace(line.getErr());
      }
      return ExitCode.ERROR;
    }
  }

  /** The whole command line, which writes to the standard streams unless told otherwise. */
  static CommandLine commandLine() {
    Main main = new Main();
    CommandLine line = new CommandLine(main);
    COMMANDS.forEach(line::addSubcommand);
    // A file of a hub that is named @x, given by a shell's *, must not put options of its own in.
    return line.setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setColorScheme(Help.defaultColorScheme(Screen.standard(System.getenv()).ansi()))
        .setParameterExceptionHandler(Main::explainUsage)
        .setExecutionExceptionHandler(main::explainFailure);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  private static int explainUsage(ParameterException thrown, String[] args) {
    CommandLine line = thrown.getCommandLine();
    // A required option is missing also where it was misspelt: then that is the news.
    List<String> unmatched = line.getUnmatchedArguments();
    ParameterException failure =
        thrown instanceof MissingParameterException && !unmatched.isEmpty()
            ? new UnmatchedArgumentException(line, unmatched)
            : thrown;
    PrintWriter err = line.getErr();
    // Picocli calls it one more time an error where options exclude or need each other.
    String message = failure.getMessage().replaceFirst("^Error: ", "");
    err.println("weighmaster: " + PlainText.line(message));
    suggestion(failure).ifPresent(name -> err.println("Did you mean '" + name + "'?"));
    err.println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.USAGE;
  }

  /** The command or option that was probably meant. */
  private static Optional<String> suggestion(ParameterException failure) {
    if (!(failure instanceof UnmatchedArgumentException unmatched)) {
      return Optional.empty();
    }
    CommandSpec command = failure.getCommandLine().getCommandSpec();
    // In --formt=csv only what stands before the sign is a name.
    String word = unmatched.getUnmatched().get(0).replaceFirst("=.*", "");
    return word.startsWith("-")
        ? Nearest.to(word, command.optionsMap().keySet())
        : Nearest.to(word, command.subcommands().keySet());
  }

  private int explainFailure(Exception failure, CommandLine line, ParseResult parsed) {
    PrintWriter err = line.getErr();
    err.println(FailureLine.of(failure));
    if (debug) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace));
      trace
          .toString()
          .lines()
          // Further in than what is said itself: a message has line ends of its own.
          .forEach(each -> err.println("    " + PlainText.line(each.strip())));
    }
    return failure instanceof CommandFailure expected ? expected.exitCode() : ExitCode.ERROR;
  }

  /** Reads the version that the build wrote into the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "weighmaster "
            + Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                .orElse("(not packaged)")
      };
    }
  }
}

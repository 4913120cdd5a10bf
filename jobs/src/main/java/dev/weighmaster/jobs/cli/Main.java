package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.text.PlainText;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
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
    exitCodeListHeading = Main.EXIT_CODES,
    exitCodeList = {
      "0:done; of verify: verified",
      "1:of verify: unverified",
      "2:of verify: broken; of the others: what they looked for is there, as their help says",
      "3:the command could not do what it was asked for",
      "64:the command line makes no sense"
    },
    footerHeading = Main.EXAMPLES,
    footer = {
      "  weighmaster demo",
      "  weighmaster audit --hub /srv/hub --table /srv/audit --policy policy.yaml",
      "  weighmaster verify hub/acme/base-7b-GGUF --policy policy.yaml",
      "  weighmaster sql --table /srv/audit --named newly-broken",
      "  weighmaster audit --help"
    },
    exitCodeOnInvalidInput = Main.EXIT_USAGE,
    exitCodeOnExecutionException = Main.EXIT_ERROR)
public final class Main implements Runnable {
  /** The command could not do what it was asked for. */
  public static final int EXIT_ERROR = 3;

  /** The command line made no sense; {@code EX_USAGE} of sysexits.h. */
  public static final int EXIT_USAGE = 64;

  /** Stands above the exit codes in a command's help. */
  static final String EXIT_CODES = "%nExit codes:%n";

  /** Stands above the examples in a command's help. */
  static final String EXAMPLES = "%nExamples:%n";

  private static final String DEBUG = "--debug";

  /** The level of what Spark logs of failures that end a command, with their traces. */
  private static final String SPARK_FAILURES = "weighmaster.spark.failures";

  private static final String FULL_DISK = "no space is left on the disk";

  /** How Spark begins what it says of a failure in any task. */
  private static final String STAGE_FAILURE = "Job aborted due to stage failure";

  private static final int MAX_CAUSES = 100;

  private static final List<Class<?>> COMMANDS =
      List.of(
          AuditCommand.class,
          VerifyCommand.class,
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
      if (!isFullDisk(e)) {
        throw e;
      }
      line.getErr().println(oneLine(e));
      return EXIT_ERROR;
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
    return EXIT_USAGE;
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
    err.println(oneLine(failure));
    if (debug) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace));
      trace
          .toString()
          .lines()
          // Further in than what is said itself: a message has line ends of its own.
          .forEach(each -> err.println("    " + PlainText.line(each.strip())));
    }
    return failure instanceof CommandFailure expected ? expected.exitCode() : EXIT_ERROR;
  }

  /** What went wrong, for the person who ran the command. */
  static String oneLine(Throwable failure) {
    String message =
        failure instanceof AccessDeniedException
            ? failure.getMessage() + ": permission denied"
            : Optional.ofNullable(failure.getMessage()).orElseGet(failure::toString);
    // Spark's messages go on with the query, and with its plan.
    String firstLine = message.lines().filter(l -> !l.isBlank()).findFirst().orElse(message);
    String said = PlainText.line(firstLine);
    if (isFullDisk(failure)) {
      // Which of Spark's tasks met it first says nothing.
      said = FULL_DISK + (said.startsWith(STAGE_FAILURE) ? "" : ": " + said);
    }
    return "weighmaster: " + said;
  }

  /** Whether it comes of a full disk, or a full quota, as Linux calls them. */
  private static boolean isFullDisk(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      String message = String.valueOf(cause.getMessage());
      if (message.contains("No space left on device") || message.contains("Disk quota exceeded")) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
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

package dev.weighmaster.jobs.cli;

import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
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
    exitCodeOnInvalidInput = Main.EXIT_USAGE,
    exitCodeOnExecutionException = Main.EXIT_ERROR)
public final class Main implements Runnable {
  /** The command could not do what it was asked for. */
  public static final int EXIT_ERROR = 3;

  /** The command line made no sense; {@code EX_USAGE} of sysexits.h. */
  public static final int EXIT_USAGE = 64;

  private static final List<Class<?>> COMMANDS =
      List.of(
          AuditCommand.class,
          VerifyCommand.class,
          ServeCommand.class,
          SignCommand.class,
          AttestCommand.class,
          InspectCommand.class,
          TrustCommand.class,
          SqlCommand.class,
          BadgesCommand.class,
          TableCommand.class,
          DemoCommand.class);

  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      description = "Print the stack trace of an error.",
      scope = ScopeType.INHERIT)
  private boolean debug;

  private Main() {}

  public static void main(String[] args) {
    int exitCode = commandLine().execute(args);
    // Not on success: YARN takes an exit for a failure, whatever the code.
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  /** The whole command line, which writes to the standard streams unless told otherwise. */
  static CommandLine commandLine() {
    Main main = new Main();
    CommandLine line = new CommandLine(main);
    COMMANDS.forEach(line::addSubcommand);
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::explainUsage)
        .setExecutionExceptionHandler(main::explainFailure);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  private static int explainUsage(ParameterException failure, String[] args) {
    CommandLine line = failure.getCommandLine();
    PrintWriter err = line.getErr();
    // Picocli calls it one more time an error where options exclude or need each other.
    String message = failure.getMessage().replaceFirst("^Error: ", "");
    err.println("weighmaster: " + PlainText.line(message));
    UnmatchedArgumentException.printSuggestions(failure, err);
    err.println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
    return EXIT_USAGE;
  }

  private int explainFailure(Exception failure, CommandLine line, ParseResult parsed) {
    PrintWriter err = line.getErr();
    String message =
        failure instanceof AccessDeniedException
            ? failure.getMessage() + ": permission denied"
            : Optional.ofNullable(failure.getMessage()).orElseGet(failure::toString);
    // Spark's messages go on with the query, and with its plan.
    String firstLine = message.lines().filter(l -> !l.isBlank()).findFirst().orElse(message);
    err.println("weighmaster: " + PlainText.line(firstLine));
    if (debug) {
      failure.printStackTrace(err);
    }
    return failure instanceof CommandFailure expected ? expected.exitCode() : EXIT_ERROR;
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

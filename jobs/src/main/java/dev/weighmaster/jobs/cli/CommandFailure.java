package dev.weighmaster.jobs.cli;

/** Ends a command with a message for the person who ran it, and an exit code. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  private CommandFailure(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The command was asked for something that makes no sense. */
  public static CommandFailure usage(String message) {
    return new CommandFailure(ExitCode.USAGE, message, null);
  }

  /** The command was asked for something that makes no sense. */
  public static CommandFailure usage(String message, Throwable cause) {
    return new CommandFailure(ExitCode.USAGE, message, cause);
  }

  /** The command could not do what it was asked for. */
  public static CommandFailure error(String message) {
    return of(ExitCode.ERROR, message);
  }

  /** The command ends with an exit code of its own. */
  public static CommandFailure of(int exitCode, String message) {
    return new CommandFailure(exitCode, message, null);
  }

  public int exitCode() {
    return exitCode;
  }
}

package dev.weighmaster.jobs.cli;

/** The exit codes that all commands share; {@code verify} has others beside them. */
public final class ExitCode {
  /** The command could not do what it was asked for. */
  public static final int ERROR = 3;

  /** The command line made no sense; {@code EX_USAGE} of sysexits.h. */
  public static final int USAGE = 64;

  private ExitCode() {}
}

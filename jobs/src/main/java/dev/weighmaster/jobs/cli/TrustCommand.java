package dev.weighmaster.jobs.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weighmaster trust}: about the trust policy and what it rests on. */
@Command(
    name = "trust",
    description = "Explains the trust policy.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = ExplainCommand.class)
final class TrustCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }
}

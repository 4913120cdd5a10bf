package dev.weighmaster.jobs.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weighmaster trust}: what an audit trusts, and why. */
@Command(
    name = "trust",
    description = "Explains and looks after what an audit trusts.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {TrustExplainCommand.class, TrustRefreshCommand.class})
final class TrustCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }
}

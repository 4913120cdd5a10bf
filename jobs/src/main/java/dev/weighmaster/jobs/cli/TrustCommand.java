package dev.weighmaster.jobs.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weighmaster trust}: what an audit trusts, and why. */
@Command(
    name = "trust",
    description = "Explains what an audit trusts, and keeps it up to date.",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {"0:see the command", "64:no command, or an unknown one"},
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster trust explain hub/acme/base-7b --policy policy.yaml",
      "  weighmaster trust refresh --policy conf/trust/policy.yaml"
    },
    subcommands = {TrustExplainCommand.class, TrustRefreshCommand.class})
final class TrustCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }
}

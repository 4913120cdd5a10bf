package dev.weighmaster.jobs.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weighmaster completion}: teaches a shell this command line. */
@Command(
    name = "completion",
    description = {
      "Prints a shell script that completes weighmaster's commands, options and values.",
      "bash and zsh take the same one."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {"0:printed", "64:usage error"},
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster completion bash",
      "For the shell that it is typed into, or in ~/.bashrc for every one:",
      "  source <(weighmaster completion bash)",
      "In ~/.zshrc:",
      "  source <(weighmaster completion zsh)"
    })
final class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
  private Shell shell;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    switch (shell) {
      // The script turns zsh's emulation of bash's completion on where it finds itself in zsh.
      case BASH, ZSH -> out.print(AutoComplete.bash("weighmaster", spec.root().commandLine()));
    }
    out.flush();
    return 0;
  }

  enum Shell {
    BASH,
    ZSH;

    /** The name as it is written on the command line. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}

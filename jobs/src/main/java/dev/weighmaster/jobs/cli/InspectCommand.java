package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.format.MalformedWeightsException;
import dev.weighmaster.format.UnsupportedWeightsException;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.trust.PolicyException;
import dev.weighmaster.trust.TrustPolicy;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weighmaster inspect}: shows what one file says, as the audit reads it. */
@Command(
    name = "inspect",
    description = {
      "Shows what a file says, as an audit reads it: the header of GGUF or safetensors weights, the"
          + " index of a safetensors set, or the statements of a signature or attestation.",
      "Weights are not hashed, and long arrays are shown in part. A statement's signature is checked"
          + " only with --policy."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:the file is well formed",
      "2:it is malformed, or with --policy a signature does not hold",
      "3:the file could not be read, or is of another kind",
      "64:usage error, or an invalid policy"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster inspect base-7b-Q4_K_M.gguf",
      "  weighmaster inspect --json model.sig"
    })
final class InspectCommand implements Callable<Integer> {
  private static final int EXIT_MALFORMED = 2;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "Weights, an index, or a sidecar.")
  private Path file;

  @Mixin private PolicyOption policy;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw CommandFailure.error(file + ": no such file");
    }
    Inspection inspection;
    try {
      inspection = Inspection.of(file, trust());
    } catch (MalformedWeightsException e) {
      throw CommandFailure.of(EXIT_MALFORMED, file + " is malformed: " + e.getMessage());
    } catch (UnsupportedWeightsException e) {
      throw CommandFailure.error(file + ": " + e.getMessage());
    }
    PrintWriter out = spec.commandLine().getOut();
    ObjectNode shown = inspection.shown();
    if (json) {
      out.println(PlainText.json(shown.toPrettyString()));
    } else {
      new FieldsText(out).print(shown);
    }
    out.flush();
    return inspection
        .problem()
        .map(Problem::reason)
        .filter(reason -> reason.verdict() == Verdict.BROKEN)
        .map(reason -> EXIT_MALFORMED)
        .orElse(0);
  }

  private Optional<TrustPolicy> trust() {
    try {
      return policy.source().isPresent() ? Optional.of(policy.policy()) : Optional.empty();
    } catch (PolicyException e) {
      throw CommandFailure.usage(e.getMessage(), e);
    }
  }
}

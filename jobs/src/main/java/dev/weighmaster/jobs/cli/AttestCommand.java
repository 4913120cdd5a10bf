package dev.weighmaster.jobs.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weighmaster.attest.QuantizationAttestation;
import dev.weighmaster.attest.Subject;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.sign.StatementSigner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weighmaster attest}: says what a quantization was made from. */
@Command(
    name = "attest",
    description = {
      "Attests what a quantization was made from: signs a statement that names its files and the"
          + " source model, each by digest.",
      "It is written beside the weights, to FILE.quantization.sigstore.json, named after the first FILE."
          + " Several FILEs are one set: the parts of a split GGUF, or the safetensors files of a model. A GGUF in"
          + " full precision (--method F16) can be attested too, as a step of a chain.",
      "The source is read now. If it is signed, the signature must be valid for its current files,"
          + " whoever made it.",
      "With --measure, the attestation also claims how far each tensor is from the source's. Whoever"
          + " has both files can check that."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {"0:attested", "3:the quantization could not be attested", "64:usage error"},
    footerHeading = SignerOption.ENVIRONMENT + HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster attest hub/quants/base-7b-GGUF/base-7b-Q4_K_M.gguf \\",
      "    --source hub/acme/base-7b --model acme/base-7b --method Q4_K_M \\",
      "    --tool llama.cpp/llama-quantize@b6942 --key quants.pem",
      "",
      "  weighmaster attest base-7b-Q4_K_M.gguf --source base-7b-F16.gguf --measure \\",
      "    --model acme/base-7b --method Q4_K_M --tool llama.cpp/llama-quantize@b6942 \\",
      "    --key quants.pem"
    })
final class AttestCommand implements Callable<Integer> {
  private static final Pattern MODEL = Pattern.compile("\\w[\\w.-]{0,95}/\\w[\\w.-]{0,95}");
  private static final Pattern TOOL = Pattern.compile("(\\S(?:.*\\S)?)@([^@\\s]+)");

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private SignerOption by;
  @Mixin private DetailsOption details;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "The quantization's weights.")
  private List<Path> files;

  @Option(
      names = "--source",
      required = true,
      paramLabel = "DIR|FILE",
      description = "The source: a model's folder, or a single file.")
  private Path source;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "ID",
      description = "The source's id in the hub, org/name.")
  private String model;

  @Option(names = "--revision", paramLabel = "REV", description = "The source's revision.")
  private Optional<String> revision;

  @Option(
      names = "--tool",
      required = true,
      paramLabel = "NAME@VERSION",
      description = "The tool that made the quantization.")
  private String tool;

  @Option(
      names = "--method",
      required = true,
      paramLabel = "M",
      description = "The quantization method: Q4_K_M, GPTQ, ... It must be what the weights say.")
  private String method;

  @Option(
      names = "--embed-signature",
      description =
          "Embed the source's signature, for hubs that do not have the source and whose policy does not"
              + " require it.")
  private boolean embedSignature;

  @Override
  public Integer call() throws IOException {
    if (!MODEL.matcher(model).matches()) {
      throw usage("--model must be an id like org/name, not '" + model + "'");
    }
    var named = TOOL.matcher(tool);
    if (!named.matches()) {
      throw usage("--tool must be like llama.cpp/llama-quantize@b6942, not '" + tool + "'");
    }
    if (method.isBlank()) {
      throw usage("--method is empty");
    }
    boolean measure = details.measures();
    StatementSigner signer = by.signer();
    AttestedWeights weights = AttestedWeights.read(files, method);
    AttestedSource read = AttestedSource.read(source, embedSignature);
    if (weights.subjects().stream().anyMatch(s -> s.sha256().equals(Optional.of(read.sha256())))) {
      throw CommandFailure.error(source + " is the quantization itself");
    }
    Optional<MeasuredBounds> measured =
        measure
            ? Optional.of(MeasuredBounds.of(weights.model(), read.weights(source)))
            : Optional.empty();
    var attestation =
        new QuantizationAttestation(
            model,
            revision,
            read.sha256(),
            read.signature(),
            Optional.of(weights.format()),
            method.strip(),
            named.group(1),
            Optional.of(named.group(2)),
            Instant.now().truncatedTo(ChronoUnit.SECONDS),
            details.read(measured.map(MeasuredBounds::bounds).orElse(List.of())));
    boolean replaced = Files.exists(weights.sidecar());
    Sidecar written =
        Sidecar.write(weights.sidecar(), signer, attestation.statement(weights.subjects()));
    json.print(
        spec.commandLine().getOut(),
        () -> json(weights, read, measured, written, replaced),
        () -> print(weights, read, measured, written, replaced));
    return 0;
  }

  private void print(
      AttestedWeights weights,
      AttestedSource read,
      Optional<MeasuredBounds> measured,
      Sidecar written,
      boolean replaced) {
    PrintWriter out = spec.commandLine().getOut();
    out.println("attested " + PlainText.line(method.strip()) + " from " + model);
    for (Subject subject : weights.subjects()) {
      out.println(
          "  weights      sha256:"
              + subject.sha256().orElseThrow()
              + "  "
              + PlainText.line(subject.name()));
    }
    out.println(
        "  source       sha256:"
            + read.sha256()
            + (read.signature().isPresent() ? "  (signed)" : "  (not signed yet)"));
    measured.ifPresent(
        bounds ->
            out.println(
                String.format(
                        Locale.ROOT,
                        "  measured     %d of %d tensors, relative errors up to %.4g",
                        bounds.bounds().size(),
                        bounds.tensors(),
                        bounds.greatestRelative())
                    + bounds
                        .unmeasured()
                        .map(first -> "; not measured: " + PlainText.line(first))
                        .orElse("")));
    written.print(out);
    out.println(
        "  attestation  "
            + PlainText.line(weights.sidecar().toString())
            + (replaced ? " (replaced)" : ""));
  }

  /** What {@code --json} prints, before who signed. */
  private record Shown(
      String method,
      String sourceModel,
      String sourceDigest,
      boolean sourceSigned,
      Optional<ShownMeasurement> measured,
      String attestation,
      boolean replaced,
      List<Subject> subjects) {}

  /**
   * What {@code --measure} has found.
   *
   * @param attested how many of the tensors have bounds now
   * @param unmeasured the first that has none, and why
   */
  private record ShownMeasurement(
      int tensors, int attested, double greatestRelativeError, Optional<String> unmeasured) {
    static ShownMeasurement of(MeasuredBounds measured) {
      return new ShownMeasurement(
          measured.tensors(),
          measured.bounds().size(),
          measured.greatestRelative(),
          measured.unmeasured());
    }
  }

  private ObjectNode json(
      AttestedWeights weights,
      AttestedSource read,
      Optional<MeasuredBounds> measured,
      Sidecar written,
      boolean replaced) {
    return written.json(
        new Shown(
            method.strip(),
            model,
            read.sha256(),
            read.signature().isPresent(),
            measured.map(ShownMeasurement::of),
            weights.sidecar().toString(),
            replaced,
            weights.subjects()));
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}

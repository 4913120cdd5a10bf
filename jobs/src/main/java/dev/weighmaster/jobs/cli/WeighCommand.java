package dev.weighmaster.jobs.cli;

import dev.weighmaster.audit.ClaimsBeside;
import dev.weighmaster.ggml.GgmlCodecs;
import dev.weighmaster.jobs.weigh.Imatrices;
import dev.weighmaster.jobs.weigh.ModelWeighing;
import dev.weighmaster.jobs.weigh.ShownWeighing;
import dev.weighmaster.jobs.weigh.WeighProgress;
import dev.weighmaster.jobs.weigh.WeighedFile;
import dev.weighmaster.jobs.weigh.WeighedModel;
import dev.weighmaster.jobs.weigh.WeighingPage;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.Weighing;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code weighmaster weigh}: whether a quantization's weights come from its source's. */
@Command(
    name = "weigh",
    description = {
      "Compares every tensor of a quantization with its source, by the bytes alone: no signature"
          + " is needed, and none is checked. The quantization is a GGUF, or a repository of"
          + " safetensors by AWQ, GPTQ, bitsandbytes, FP8 or compressed-tensors. The source is a"
          + " repository of safetensors or, for a GGUF, also a GGUF in full precision.",
      "Both may be a file, any part of a split set, or a folder that holds exactly one of its kind."
          + " Importance matrices beside the quantization are tried, unless --imatrix names one.",
      "Error bounds that an attestation beside the quantization claims are compared with the"
          + " measured errors; they change no level."
    },
    exitCodeListHeading = HelpHeading.EXIT_CODES,
    exitCodeList = {
      "0:every tensor is EXACT or EQUIVALENT",
      "1:one is WITHIN_BOUNDS or NOT_COMPARED",
      "2:one DEVIATES",
      "3:the models could not be compared",
      "64:usage error"
    },
    footerHeading = HelpHeading.EXAMPLES,
    footer = {
      "  weighmaster weigh base-7b-Q4_K_M.gguf --source base-7b-F16.gguf",
      "  weighmaster weigh quants/base-7b-Q4_K_M.gguf --source acme/base-7b",
      "  weighmaster weigh quants/base-7b-AWQ --source acme/base-7b",
      "  weighmaster weigh quants/base-7b-IQ2_XS.gguf --source base-7b-BF16.gguf \\",
      "    --imatrix imatrix.dat --html weighing.html"
    })
final class WeighCommand implements Callable<Integer> {
  private static final String SLOWER =
      "weighmaster: java runs without --add-modules jdk.incubator.vector: the result is the same,"
          + " and takes several times as long";

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;

  @Parameters(
      paramLabel = "QUANTIZATION",
      description =
          "A GGUF file or any part of a split set, a safetensors file or index with its config.json"
              + " beside it, or a folder with one quantization.")
  private String quantization;

  @Option(
      names = "--source",
      required = true,
      paramLabel = "MODEL",
      description =
          "What it was quantized from: a GGUF file or any part of a split set, a safetensors file or"
              + " index with its config.json beside it, or a folder with one of these.")
  private String source;

  @Option(
      names = "--imatrix",
      paramLabel = "FILE",
      description = "The importance matrix to try, in either form (.dat or GGUF).")
  private Optional<String> imatrix;

  @Option(
      names = "--depth",
      paramLabel = "codes|exact",
      completionCandidates = Depths.class,
      converter = DepthByName.class,
      description =
          "exact (default): derive all bytes again, and of GPTQ compute its certificate, which takes"
              + " a minute of a core for each matrix. codes: check only the codes under the stored"
              + " scales, which is faster; then no GGUF type with scales to choose is EXACT.")
  private Depth depth = Depth.EXACT;

  /** The depths as they are written on a command line. */
  private static final class Depths extends ArrayList<String> {
    private static final long serialVersionUID = 1;

    Depths() {
      super(List.of("codes", "exact"));
    }
  }

  /** Reads a depth as it is written, in any case. */
  static final class DepthByName implements ITypeConverter<Depth> {
    @Override
    public Depth convert(String name) {
      return Stream.of(Depth.values())
          .filter(depth -> depth.name().equalsIgnoreCase(name))
          .findFirst()
          .orElseThrow(
              () -> new TypeConversionException("'%s' is not codes or exact".formatted(name)));
    }
  }

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write the result as one HTML page that needs no network.")
  private Optional<Path> html;

  @Override
  public Integer call() throws IOException {
    if (imatrix.isPresent() && depth == Depth.CODES) {
      throw new ParameterException(
          spec.commandLine(), "--imatrix is for --depth exact: the codes do not depend on it");
    }
    try (WeighedModel weighed = WeighedModel.quantization(quantization);
        WeighedModel of = WeighedModel.source(source);
        Imatrices imatrices = imatrices(weighed)) {
      mustBeComparable(weighed, of);
      Optional<PageFile> page = page(weighed, of, imatrices);
      ClaimsBeside claims = weighed.claims();
      if (!GgmlCodecs.computeInVectors()) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(SLOWER);
        err.flush();
      }
      Weighing weighing =
          weigh(
              new ModelWeighing(
                  weighed, of, imatrices, depth, digested(weighed, of, imatrices, claims)));
      ShownWeighing shown = ShownWeighing.of(weighed, of, imatrices, depth, claims, weighing);
      if (page.isPresent()) {
        page.get().write(file -> WeighingPage.write(shown, weighing, file));
      }
      print(shown, weighing);
      return exitCode(weighing.level());
    }
  }

  /** All files where the result is to be kept; else those that something may be claimed of. */
  private List<WeighedFile> digested(
      WeighedModel weighed, WeighedModel of, Imatrices imatrices, ClaimsBeside claims) {
    if (json.isAsked() || html.isPresent()) {
      return Stream.of(weighed.files(), of.files(), imatrices.files())
          .flatMap(List::stream)
          .toList();
    }
    return claims.isEmpty() ? List.of() : weighed.files();
  }

  private void mustBeComparable(WeighedModel weighed, WeighedModel of) throws IOException {
    if (imatrix.isPresent() && !weighed.isGguf()) {
      throw CommandFailure.error("--imatrix is for a GGUF, and " + quantization + " is none");
    }
    if (!Collections.disjoint(weighed.realPaths(), of.realPaths())) {
      throw CommandFailure.error(source + " is the quantization itself");
    }
    if (weighed.tensors().metadata().isEmpty() && of.tensors().metadata().isPresent()) {
      throw CommandFailure.error(
          "the source is a GGUF, and what is weighed against it is not: tensors have other names");
    }
    if (of.isQuantized() && !weighed.isQuantized()) {
      throw CommandFailure.error(
          "%s is quantized and %s is not: are the two swapped?".formatted(source, quantization));
    }
  }

  private Optional<PageFile> page(WeighedModel weighed, WeighedModel of, Imatrices imatrices)
      throws IOException {
    if (html.isEmpty()) {
      return Optional.empty();
    }
    Set<String> inputs = new HashSet<>(weighed.realPaths());
    inputs.addAll(of.realPaths());
    inputs.addAll(imatrices.realPaths());
    return Optional.of(PageFile.of("--html", html.get(), inputs));
  }

  private void print(ShownWeighing shown, Weighing weighing) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (json.isAsked()) {
      shown.write(weighing.tensors(), out);
    } else {
      new WeighingText(out, Screen.standard(System.getenv())).print(shown, weighing);
    }
    out.flush();
  }

  private Imatrices imatrices(WeighedModel weighed) throws IOException {
    if (imatrix.isPresent()) {
      return Imatrices.given(imatrix.get());
    }
    return depth == Depth.EXACT && weighed.isGguf() ? Imatrices.beside(weighed) : Imatrices.none();
  }

  private static Weighing weigh(ModelWeighing weighing) throws IOException {
    int threads = Runtime.getRuntime().availableProcessors();
    if (!ProgressDisplay.drawsBars()) {
      return weighing.execute(threads, WeighProgress.SILENT);
    }
    try (ProgressBar bar = ProgressDisplay.bytes("weighing", weighing.bytes())) {
      return weighing.execute(threads, bar::stepBy);
    }
  }

  private static int exitCode(Level level) {
    return switch (level) {
      case EXACT, EQUIVALENT -> 0;
      case WITHIN_BOUNDS, NOT_COMPARED -> 1;
      case DEVIATES -> 2;
    };
  }
}

package dev.weighmaster.jobs.cli;

import dev.weighmaster.jobs.cli.ResultWriter.Column;
import dev.weighmaster.jobs.text.Numbers;
import dev.weighmaster.jobs.text.PlainText;
import dev.weighmaster.jobs.weigh.CertificateText;
import dev.weighmaster.jobs.weigh.ClaimedBounds;
import dev.weighmaster.jobs.weigh.MetadataText;
import dev.weighmaster.jobs.weigh.MetadataTotals;
import dev.weighmaster.jobs.weigh.ShownWeighing;
import dev.weighmaster.jobs.weigh.ShownWeighing.ShownImatrix;
import dev.weighmaster.jobs.weigh.TensorText;
import dev.weighmaster.jobs.weigh.WeighingPage;
import dev.weighmaster.weigh.ComparedValue;
import dev.weighmaster.weigh.ComparedValue.State;
import dev.weighmaster.weigh.Level;
import dev.weighmaster.weigh.TensorWeighing;
import dev.weighmaster.weigh.Weighing;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Prints a weighing for people: a table of the tensors, and below it what they come to. */
final class WeighingText {
  private static final List<Column> COLUMNS =
      List.of(
          new Column("tensor", false),
          new Column("type", false),
          new Column("level", false),
          new Column("recipe", false),
          new Column("error", true),
          new Column("worst block", true));

  /** Of tensors and of metadata, one line each; the rest is in the JSON. */
  private static final int MOST_EXPLAINED = 20;

  private final PrintWriter out;
  private final Screen screen;

  WeighingText(PrintWriter out, Screen screen) {
    this.out = out;
    this.screen = screen;
  }

  void print(ShownWeighing shown, Weighing weighing) {
    TableWriter table = new TableWriter(COLUMNS, out, screen);
    weighing.tensors().forEach(tensor -> table.row(row(tensor)));
    table.end();
    explain(weighing.tensors());
    totals(shown, weighing.tensors());
    shown.method().ifPresent(method -> out.println("method: " + PlainText.line(method)));
    CertificateText.ofAll(weighing.tensors()).ifPresent(out::println);
    if (shown.sourceIsQuantized()) {
      out.println(WeighingPage.QUANTIZED_SOURCE);
    }
    shown.imatrices().forEach(this::imatrix);
    metadata("tokenizer", shown.metadata().tokenizer());
    metadata("chat template", shown.metadata().chatTemplate());
    metadata("hyperparameters", shown.metadata().hyperparameters());
    differing(weighing.metadata());
    shown.errorBounds().forEach(this::bounds);
    sidecars(shown.sidecarsNotRead());
    out.println();
    out.println(shown.sentence());
  }

  private static List<Optional<String>> row(TensorWeighing tensor) {
    return List.of(
        Optional.of(tensor.name()),
        Optional.of(TensorText.type(tensor)),
        Optional.of(tensor.level().name()),
        Optional.of(TensorText.recipeBesideType(tensor)),
        Optional.of(TensorText.relative(tensor)),
        Optional.of(TensorText.worstPlace(tensor)));
  }

  /** Says why of each tensor that is not what it seems, or keeps the quantization from that. */
  private void explain(List<TensorWeighing> tensors) {
    List<TensorWeighing> explained =
        tensors.stream().filter(WeighingText::needsExplaining).toList();
    for (TensorWeighing tensor : first(explained)) {
      out.println(
          "%s  %s: %s"
              .formatted(
                  screen.colored(tensor.level(), tensor.level().name()),
                  PlainText.line(tensor.name()),
                  PlainText.line(TensorText.detail(tensor))));
    }
    more(explained.size(), "more tensor");
  }

  private static boolean needsExplaining(TensorWeighing tensor) {
    return switch (tensor.level()) {
      case EXACT -> tensor.errors().isEmpty() && tensor.detail().isPresent();
      case EQUIVALENT -> false;
      // With a recipe it would look exact.
      case WITHIN_BOUNDS -> tensor.recipe().isPresent();
      case NOT_COMPARED, DEVIATES -> true;
    };
  }

  private static <T> List<T> first(List<T> all) {
    return all.subList(0, Math.min(all.size(), MOST_EXPLAINED));
  }

  private void more(int all, String what) {
    if (all > MOST_EXPLAINED) {
      out.println("… and %s: see --json".formatted(Numbers.count(all - MOST_EXPLAINED, what)));
    }
  }

  private void totals(ShownWeighing shown, List<TensorWeighing> tensors) {
    String levels =
        Arrays.stream(Level.values())
            .filter(level -> shown.totals().of(level) > 0)
            .map(
                level ->
                    Numbers.number(shown.totals().of(level))
                        + " "
                        + screen.colored(level, level.name()))
            .collect(Collectors.joining(", "));
    String greatest =
        tensors.stream()
            .filter(tensor -> tensor.errors().isPresent())
            .max(Comparator.comparingDouble(WeighingText::relative))
            .map(
                tensor ->
                    "; greatest error %s (%s)"
                        .formatted(TensorText.relative(tensor), PlainText.line(tensor.name())))
            .orElse("");
    out.println(
        "%s: %s%s".formatted(Numbers.count(shown.totals().tensors(), "tensor"), levels, greatest));
  }

  private static double relative(TensorWeighing tensor) {
    return tensor.errors().orElseThrow().relative();
  }

  private void imatrix(ShownImatrix imatrix) {
    String name = PlainText.line(imatrix.name());
    out.println(
        imatrix
            .problem()
            .map(problem -> "imatrix %s: not used: %s".formatted(name, PlainText.line(problem)))
            .orElseGet(
                () ->
                    "imatrix %s: has weights for %s%s"
                        .formatted(
                            name,
                            Numbers.count(imatrix.tensors().orElseThrow(), "tensor"),
                            fitting(imatrix))));
  }

  private static String fitting(ShownImatrix imatrix) {
    int fitting = imatrix.fitting().orElseThrow();
    if (fitting == imatrix.tensors().orElseThrow()) {
      return "";
    }
    return ", and fits %s of the quantization in name and columns"
        .formatted(fitting == 0 ? "no tensor" : Numbers.count(fitting, "tensor"));
  }

  private void metadata(String kind, MetadataTotals totals) {
    out.println(
        totals.all() == 0
            ? kind + ": nothing to compare"
            : "%s: %s, %s"
                .formatted(
                    kind,
                    Numbers.count(totals.all(), "value"),
                    totals.differ()
                        ? "%d equal, %d different, %d in one of the two alone"
                            .formatted(totals.equal(), totals.different(), totals.absent())
                        : "all equal"));
  }

  private void differing(List<ComparedValue> metadata) {
    List<ComparedValue> differing =
        metadata.stream().filter(value -> value.state() != State.EQUAL).toList();
    for (ComparedValue value : first(differing)) {
      out.println("  " + PlainText.line(value.key()));
      out.println("    quantization  " + PlainText.line(MetadataText.quantization(value)));
      out.println("    source        " + PlainText.line(MetadataText.source(value)));
    }
    more(differing.size(), "more value");
  }

  private void sidecars(int notRead) {
    if (notRead > 0) {
      out.println(
          "error bounds: %s beside the quantization not read: there are too many, or too large ones"
              .formatted(Numbers.count(notRead, "sidecar")));
    }
  }

  private void bounds(ClaimedBounds bounds) {
    out.println(
        "error bounds in %s: %d claimed, %d hold, %d exceeded, %d not checked"
            .formatted(
                PlainText.line(bounds.sidecar()),
                bounds.claimed(),
                bounds.hold(),
                bounds.exceeded(),
                bounds.unchecked()));
    bounds
        .detail()
        .ifPresent(
            detail ->
                out.println(
                    "  "
                        + bounds.reason().map(reason -> reason + ": ").orElse("")
                        + PlainText.line(detail)));
  }
}

package dev.weighmaster.jobs.cli;

import dev.weighmaster.audit.ClaimsBeside;
import dev.weighmaster.jobs.demo.DemoHub;
import dev.weighmaster.jobs.demo.DemoHub.Weighable;
import dev.weighmaster.jobs.weigh.Imatrices;
import dev.weighmaster.jobs.weigh.ModelWeighing;
import dev.weighmaster.jobs.weigh.ShownWeighing;
import dev.weighmaster.jobs.weigh.WeighProgress;
import dev.weighmaster.jobs.weigh.WeighedModel;
import dev.weighmaster.weigh.Weigher.Depth;
import dev.weighmaster.weigh.Weighing;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;

/** Two weighings of the demo's hub, each beside the verdict on the chain. */
final class DemoWeighings {
  private DemoWeighings() {}

  /** Prints them as {@code weighmaster weigh} does. */
  static void print(DemoHub demo, DemoVerdicts verdicts, PrintWriter out, Screen screen)
      throws IOException {
    for (Weighable each : demo.weighables()) {
      try (WeighedModel quantization = WeighedModel.quantization(each.quantization().toString());
          WeighedModel source = WeighedModel.source(each.source().toString());
          Imatrices none = Imatrices.none()) {
        Weighing weighing =
            new ModelWeighing(quantization, source, none, Depth.EXACT, List.of())
                .execute(Runtime.getRuntime().availableProcessors(), WeighProgress.SILENT);
        out.println();
        out.println(
            "%s is %s by its chain. Its weights:"
                .formatted(each.repository(), verdicts.of(each.repository())));
        new WeighingText(out, screen)
            .print(
                ShownWeighing.of(
                    quantization, source, none, Depth.EXACT, ClaimsBeside.NONE, weighing),
                weighing);
      }
    }
  }
}

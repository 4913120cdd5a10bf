package dev.weighmaster.jobs.weigh;

import dev.weighmaster.jobs.weigh.ShownWeighing.ShownFile;
import dev.weighmaster.jobs.weigh.ShownWeighing.ShownImatrix;
import dev.weighmaster.jobs.weigh.ShownWeighing.ShownMetadata;
import dev.weighmaster.weigh.Weighing;
import java.util.List;
import java.util.Optional;

/** The page of a weighing of one file of 1,024 bytes against another, with one imatrix. */
final class MadePage {
  private MadePage() {}

  static String of(String quantization, String source, String sentence, Weighing weighing) {
    ShownWeighing shown =
        new ShownWeighing(
            weighing.level(),
            sentence,
            1,
            "1.2.3",
            "exact",
            Optional.empty(),
            List.of(file(quantization, "aa11")),
            List.of(file(source, "bb22")),
            source,
            false,
            List.of(
                new ShownImatrix(
                    "imatrix.dat",
                    Optional.of(1_024L),
                    Optional.of("cc33"),
                    Optional.of(1),
                    Optional.of(1),
                    Optional.empty()),
                new ShownImatrix(
                    "unused.dat",
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of("not one"))),
            WeighingTotals.of(weighing.tensors()),
            ShownMetadata.of(weighing.metadata()),
            List.of(),
            0);
    return WeighingPage.html(shown, weighing);
  }

  private static ShownFile file(String name, String sha256) {
    return new ShownFile(name, 1_024, Optional.of(sha256));
  }
}

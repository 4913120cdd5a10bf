package dev.weighmaster.jobs.cli;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.conversion.SafetensorsSource;
import dev.weighmaster.io.LocalStorage;
import dev.weighmaster.io.Storage;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.verdict.Quoted;
import dev.weighmaster.weigh.ErrorMeasurement;
import dev.weighmaster.weigh.Errors;
import dev.weighmaster.weigh.MeasuredTensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The errors of a quantization's tensors, as bounds that an attestation can claim.
 *
 * @param bounds one a tensor that could be measured, at least one
 * @param tensors how many the quantization has
 * @param unmeasured the first that could not be measured, and why
 */
record MeasuredBounds(List<ErrorBound> bounds, int tensors, Optional<String> unmeasured) {
  MeasuredBounds {
    bounds = List.copyOf(bounds);
  }

  /**
   * Reads every weight of both models.
   *
   * @throws CommandFailure if no tensor can be measured, or one has an error without bounds
   * @throws dev.weighmaster.tensor.UnreadableModelException if a file can't be read, or changed
   *     since it was hashed
   */
  static MeasuredBounds of(LocalModel quantization, LocalModel source) throws IOException {
    List<MeasuredTensor> tensors;
    try (Storage storage = new LocalStorage(quantization.root());
        Storage sources = new LocalStorage(source.root())) {
      ModelTensors weights = ModelTensors.openListed(storage, quantization.files());
      ModelTensors of = ModelTensors.openListed(sources, source.files());
      tensors =
          new ErrorMeasurement(weights, SafetensorsSource.of(sources, of, weights))
              .measure(weights.tensors());
    }
    List<ErrorBound> bounds = new ArrayList<>();
    for (MeasuredTensor tensor : tensors) {
      tensor.errors().ifPresent(errors -> bounds.add(bound(tensor, errors)));
    }
    Optional<String> unmeasured =
        tensors.stream()
            .filter(tensor -> tensor.errors().isEmpty())
            .findFirst()
            .map(MeasuredBounds::whyNot);
    if (bounds.isEmpty()) {
      throw CommandFailure.error(
          "no tensor could be measured"
              + unmeasured.map(first -> ": " + first).orElse("")
              + "; --measure needs what was quantized as the --source: a GGUF in full precision, or"
              + " the model's repository of safetensors");
    }
    return new MeasuredBounds(bounds, tensors.size(), unmeasured);
  }

  private static ErrorBound bound(MeasuredTensor tensor, Errors errors) {
    if (errors.equals(Errors.UNBOUNDED)) {
      throw CommandFailure.error(
          "tensor %s has weights that are not finite, though the source's are: no bound holds of it"
              .formatted(Quoted.of(tensor.name())));
    }
    return new ErrorBound(
        tensor.name(),
        tensor.type(),
        errors.largest(),
        errors.rms(),
        Optional.of(errors.relative()));
  }

  private static String whyNot(MeasuredTensor tensor) {
    return "tensor %s: %s".formatted(Quoted.of(tensor.name()), tensor.unmeasured().orElseThrow());
  }

  /** The greatest error of a tensor, as a part of its weights. */
  double greatestRelative() {
    return bounds.stream().mapToDouble(bound -> bound.relativeRmse().orElseThrow()).max().orElse(0);
  }
}

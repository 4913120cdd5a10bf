package dev.weighmaster.weigh;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.tensor.ModelTensors;
import dev.weighmaster.tensor.Tensor;
import dev.weighmaster.tensor.UnreadableModelException;
import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.weigh.CheckedBound.State;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The error bounds that a statement claims of a quantization, held against its weights.
 *
 * @param bounds in the statement's order
 */
public record BoundsCheck(List<CheckedBound> bounds) {
  public BoundsCheck {
    bounds = List.copyOf(bounds);
  }

  /** Holds claims against what was measured. */
  public static BoundsCheck of(List<ErrorBound> claims, Collection<MeasuredTensor> measured) {
    Map<String, MeasuredTensor> byName = new HashMap<>();
    measured.forEach(tensor -> byName.put(tensor.name(), tensor));
    return new BoundsCheck(
        claims.stream()
            .map(
                claim ->
                    byName.containsKey(claim.tensor())
                        ? CheckedBound.of(claim, byName.get(claim.tensor()))
                        : CheckedBound.unchecked(claim, "the quantization does not have it"))
            .toList());
  }

  /** Holds claims against what a weighing has measured. */
  public static BoundsCheck of(List<ErrorBound> claims, Weighing weighing) {
    return of(
        claims,
        weighing.tensors().stream().flatMap(each -> MeasuredTensor.of(each).stream()).toList());
  }

  /**
   * Measures the tensors that have claims, and holds these against them.
   *
   * @throws UnreadableModelException if a file can't be read or changes meanwhile
   */
  public static BoundsCheck of(
      List<ErrorBound> claims, ModelTensors quantization, ModelTensors source)
      throws UnreadableModelException {
    List<Tensor> claimed =
        claims.stream().flatMap(claim -> quantization.find(claim.tensor()).stream()).toList();
    return of(claims, new ErrorMeasurement(quantization, source).measure(claimed));
  }

  /** How many claims are in a state. */
  public int count(State state) {
    return (int) bounds.stream().filter(each -> each.state() == state).count();
  }

  /** What is wrong, if the weights exceed a bound. */
  public Optional<Problem> problem() {
    return first(State.EXCEEDED)
        .map(
            first ->
                new Problem(Reason.BOUNDS_EXCEEDED, first + others(count(State.EXCEEDED) - 1)));
  }

  /** Why some claims could not be checked, if there are any. */
  public Optional<String> unchecked() {
    return first(State.UNCHECKED).map(first -> first + others(count(State.UNCHECKED) - 1));
  }

  private Optional<String> first(State state) {
    return bounds.stream()
        .filter(each -> each.state() == state)
        .findFirst()
        .flatMap(CheckedBound::detail);
  }

  private static String others(int more) {
    return more == 0 ? "" : ", and %d more like it".formatted(more);
  }
}

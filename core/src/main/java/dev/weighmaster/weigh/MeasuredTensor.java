package dev.weighmaster.weigh;

import java.util.Optional;

/**
 * How far a tensor is from its source's, however it was made.
 *
 * @param name hostile text
 * @param type in the quantization
 * @param errors {@link Errors#UNBOUNDED} where weights are not finite though the source's are;
 *     empty where nothing could be measured
 * @param unmeasured why not, to follow the tensor's name; present exactly where there are no errors
 */
public record MeasuredTensor(
    String name, String type, Optional<Errors> errors, Optional<String> unmeasured) {

  static MeasuredTensor of(String name, String type, Errors errors) {
    return new MeasuredTensor(name, type, Optional.of(errors), Optional.empty());
  }

  static MeasuredTensor unmeasured(String name, String type, String why) {
    return new MeasuredTensor(name, type, Optional.empty(), Optional.of(why));
  }

  /**
   * What a weighing has measured of a tensor; empty for one that only the source has.
   *
   * <p>A weighing does not say what keeps a tensor from having errors, if it says anything.
   */
  public static Optional<MeasuredTensor> of(TensorWeighing weighing) {
    return weighing
        .type()
        .map(
            type ->
                weighing
                    .errors()
                    .map(errors -> of(weighing.name(), type, errors))
                    .orElseGet(
                        () ->
                            unmeasured(
                                weighing.name(),
                                type,
                                weighing.detail().orElse("its errors can't be measured"))));
  }
}

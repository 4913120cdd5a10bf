package dev.weighmaster.packing;

import java.util.Optional;

/**
 * What a configuration says of a layout that shapes don't.
 *
 * @param method {@code quant_method} in upper case; empty if there is none
 * @param bits of a code, where they are one number for the whole model
 * @param groupSize columns that share a scale, where the file says so; not positive for all
 * @param format {@code checkpoint_format}, {@code version} or {@code format} in lower case; empty
 *     if there is none
 * @param blockRows rows of a block that shares a scale
 * @param blockColumns columns of such a block
 * @param ordersColumns {@code desc_act}: whether GPTQ took columns in another order than theirs
 * @param gptq in which order it is known that GPTQ rounded the columns; empty where the
 *     configuration does not say that it was that algorithm, or says that it was another one
 * @param problem why no matrix can be unpacked; empty if some can
 */
public record PackingConfig(
    String method,
    Optional<Long> bits,
    Optional<Long> groupSize,
    String format,
    long blockRows,
    long blockColumns,
    Optional<Boolean> ordersColumns,
    Optional<GptqOrder> gptq,
    Optional<String> problem) {
  /** What nobody configures differently. */
  static final int USUAL_BLOCK = 128;

  /** Where nothing is said. */
  public static final PackingConfig NONE = of("", Optional.empty(), Optional.empty(), "");

  /** As far as a configuration knows it, in which order GPTQ rounded columns. */
  public enum GptqOrder {
    BY_COLUMN,
    /** Group by group, where columns are not in the order of their groups. */
    BY_GROUP,
    UNKNOWN
  }

  /** What most configurations say. */
  public static PackingConfig of(
      String method, Optional<Long> bits, Optional<Long> groupSize, String format) {
    return new PackingConfig(
        method,
        bits,
        groupSize,
        format,
        USUAL_BLOCK,
        USUAL_BLOCK,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same where no matrix can be unpacked. */
  PackingConfig with(String why) {
    return new PackingConfig(
        method,
        bits,
        groupSize,
        format,
        blockRows,
        blockColumns,
        ordersColumns,
        gptq,
        Optional.of(why));
  }

  /**
   * The size of groups of columns.
   *
   * @param count of the groups
   * @throws UnpackableException if no groups of one size are so many, or those of the stated size
   *     are not
   */
  int groupSize(int columns, int count) throws UnpackableException {
    mustHaveGroups(columns, count);
    long stated = groupSize.orElse(0L);
    if (stated > 0 && stated <= columns) {
      return (int) stated;
    }
    if (columns % count != 0) {
      throw new UnpackableException(
          "%d columns are not %d groups of one size".formatted(columns, count));
    }
    return columns / count;
  }

  /** Refuses another number of groups than the stated size makes. */
  void mustHaveGroups(int columns, int count) throws UnpackableException {
    if (groupSize.isEmpty()) {
      return;
    }
    long stated = groupSize.get();
    long groups = stated > 0 ? (columns - 1) / stated + 1 : 1;
    if (groups != count) {
      throw new UnpackableException(
          "its configuration has groups of %d columns; it has %d scales a row for %d columns"
              .formatted(stated, count, columns));
    }
  }

  /** Refuses another number of bits than the stated one. */
  void mustHaveBits(int found) throws UnpackableException {
    if (bits.isPresent() && bits.get() != found) {
      throw new UnpackableException(
          "its configuration has codes of %d bits; by its shapes they have %d"
              .formatted(bits.get(), found));
    }
  }
}

package dev.weighmaster.format;

import dev.weighmaster.io.ByteSource;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A format of weights whose headers the audit reads. An implementation has everything that the
 * audit needs to recognise and read the format; {@code hub.FileKind} lists them all. Stateless and
 * thread-safe.
 */
public interface WeightsFormat {

  /** As tables, reports and statements call it: {@code gguf}. In small letters. */
  String name();

  /**
   * Whether a file of this name is of the format, going by the name alone.
   *
   * @param name in small letters, without folders
   */
  default boolean hasName(String name) {
    return name.endsWith("." + name());
  }

  /**
   * Whether a file that begins so is of the format, whatever it is called. A format without a mark
   * at its beginning says no.
   *
   * @param head the first bytes of a file; fewer only if the file has no more
   */
  boolean begins(byte[] head);

  /**
   * Reads the header, and no further than the chunk in which it ends.
   *
   * @param source that nothing has been read from; it is left open
   * @param firstPiece whether it is the first piece of a file that was cut up, so that the tensors
   *     may go on beyond its end; only formats with pieces look at this
   * @throws MalformedWeightsException if the file breaks the format's specification or a limit
   * @throws UnsupportedWeightsException for what may be sound but is not known
   * @throws IOException if the source can't be read
   */
  WeightsHeader read(ByteSource source, boolean firstPiece) throws IOException;

  /** Whether a header was read, or was to be read, as one of this format. */
  default boolean made(WeightsSummary header) {
    return header.format().toLowerCase(Locale.ROOT).startsWith(name());
  }

  /** What is known of a file that begins as the format does, but whose header can't be parsed. */
  default WeightsSummary unparsed() {
    return new WeightsSummary(
        name().toUpperCase(Locale.ROOT),
        WeightsSummary.Role.MODEL,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        List.of(),
        List.of(),
        0);
  }
}

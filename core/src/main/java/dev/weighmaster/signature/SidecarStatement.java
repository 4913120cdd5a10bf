package dev.weighmaster.signature;

import dev.weighmaster.digest.Sha256Hex;
import dev.weighmaster.json.JsonFields;
import dev.weighmaster.json.MalformedJsonException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Finds a statement again in the sidecar that it was checked in, for what a {@link
 * CheckedStatement} does not carry along.
 */
public final class SidecarStatement {
  private SidecarStatement() {}

  /**
   * The bytes of a statement that was checked; empty if the sidecar does not have it any more.
   *
   * @param sidecar the bytes of its sidecar as they are now
   */
  public static Optional<byte[]> bytes(CheckedStatement checked, byte[] sidecar) {
    return (checked.line() == 1 ? statement(checked, sidecar) : Optional.<byte[]>empty())
        .or(() -> statement(checked, line(sidecar, checked.line())));
  }

  private static Optional<byte[]> statement(CheckedStatement checked, byte[] bundle) {
    byte[] statement;
    try {
      JsonFields json = JsonFields.parse(bundle);
      statement = json.has("verificationMaterial") ? SignedBundle.read(json).statement() : bundle;
    } catch (MalformedJsonException e) {
      return Optional.empty();
    }
    return checked.statementSha256().equals(Optional.of(Sha256Hex.of(statement)))
        ? Optional.of(statement)
        : Optional.empty();
  }

  /**
   * A line without its end; empty if there are not so many.
   *
   * @param number from 1
   */
  private static byte[] line(byte[] sidecar, int number) {
    int start = 0;
    int line = 1;
    for (int at = 0; at < sidecar.length; at++) {
      if (sidecar[at] == '\n') {
        if (line == number) {
          return Arrays.copyOfRange(sidecar, start, at);
        }
        line++;
        start = at + 1;
      }
    }
    return line == number ? Arrays.copyOfRange(sidecar, start, sidecar.length) : new byte[0];
  }
}

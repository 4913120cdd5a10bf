package dev.weighmaster.audit;

import dev.weighmaster.attest.ErrorBound;
import dev.weighmaster.attest.MalformedStatementException;
import dev.weighmaster.attest.PredicateTypes;
import dev.weighmaster.io.ChangedDuringReadException;
import dev.weighmaster.signature.CheckedStatement;
import dev.weighmaster.signature.SidecarStatement;
import dev.weighmaster.verdict.Quoted;
import java.util.List;
import java.util.Optional;

/**
 * The error bounds that an attestation claims of a quantization, whoever signed it.
 *
 * @param sidecar the last name of its file
 * @param claims at least one
 */
public record AttestedBounds(String sidecar, List<ErrorBound> claims) {
  public AttestedBounds {
    claims = List.copyOf(claims);
  }

  /**
   * What a statement claims that was checked before; nothing if it is of another type.
   *
   * @param sidecar the bytes of its sidecar as they are now; empty if they can't be read
   * @throws ChangedDuringReadException if the sidecar does not have the statement any more
   */
  static List<ErrorBound> claims(CheckedStatement attestation, Optional<byte[]> sidecar)
      throws ChangedDuringReadException {
    if (!attestation.predicateType().equals(Optional.of(PredicateTypes.QUANTIZATION))) {
      return List.of();
    }
    byte[] statement =
        sidecar
            .flatMap(bytes -> SidecarStatement.bytes(attestation, bytes))
            .orElseThrow(
                () ->
                    new ChangedDuringReadException(
                        Quoted.line(attestation.name()) + " changed after it was verified"));
    try {
      return ErrorBound.ofStatement(statement);
    } catch (MalformedStatementException e) {
      throw new IllegalStateException("a statement that was read can be read again", e);
    }
  }
}

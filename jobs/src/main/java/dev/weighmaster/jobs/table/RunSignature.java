package dev.weighmaster.jobs.table;

import dev.weighmaster.trust.Signer;
import java.util.Optional;

/**
 * The result of checking a run's signature.
 *
 * @param signer where the signature holds over the files as they are now, whether trusted or not
 * @param detail one sentence for the person who asked
 */
public record RunSignature(State state, Optional<Signer> signer, String detail) {

  /** How far it can be relied on. */
  public enum State {
    /** By an auditor that the policy names, over the current files. */
    TRUSTED,
    /** The policy does not name the signer, or can't tell who that is. */
    NOT_TRUSTED,
    /** It does not hold, is revoked, or lists other files than the run has. */
    BROKEN,
    UNSIGNED,
    /** It could not be looked at. */
    UNKNOWN
  }

  static RunSignature unsigned() {
    return new RunSignature(State.UNSIGNED, Optional.empty(), "not signed");
  }

  static RunSignature broken(String why) {
    return new RunSignature(State.BROKEN, Optional.empty(), "the signature is broken: " + why);
  }

  static RunSignature unknown(String why) {
    return new RunSignature(State.UNKNOWN, Optional.empty(), "the signature can't be told: " + why);
  }

  public boolean isBroken() {
    return state == State.BROKEN;
  }

  public boolean isTrusted() {
    return state == State.TRUSTED;
  }
}

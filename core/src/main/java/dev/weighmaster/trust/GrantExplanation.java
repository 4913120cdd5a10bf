package dev.weighmaster.trust;

import java.util.List;
import java.util.Optional;

/**
 * How an entry of a policy's {@code publishers} or {@code quantizers} looks at a repository and,
 * where there is one, at a signer.
 *
 * @param place of the entry, {@code line:column} from 1
 * @param pattern as the policy has it
 * @param applies whether the pattern matches the repository
 * @param rules the entry's signers
 */
public record GrantExplanation(
    String place, String pattern, boolean applies, List<RuleExplanation> rules) {
  public GrantExplanation {
    rules = List.copyOf(rules);
  }

  /**
   * One entry of {@code signers}.
   *
   * @param rule in words
   * @param mismatch why the signer is not the one; empty where it is, or where there is none
   */
  public record RuleExplanation(String rule, Optional<String> mismatch) {}

  /** Whether this entry makes the signer trusted for the repository. */
  public boolean grants() {
    return applies && rules.stream().anyMatch(rule -> rule.mismatch().isEmpty());
  }
}

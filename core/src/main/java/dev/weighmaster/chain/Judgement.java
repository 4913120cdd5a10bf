package dev.weighmaster.chain;

import dev.weighmaster.verdict.Problem;
import dev.weighmaster.verdict.Reason;
import dev.weighmaster.verdict.Verdict;
import java.util.List;
import java.util.Optional;

/**
 * The verdict on one quantization, and why.
 *
 * @param verdict the reason's, under the policy that it was judged by
 * @param detail one sentence
 * @param links of the chain that decided first, from the quantization towards the source; then
 *     those of other statements, up to a limit
 * @param depth the number of links of the chain that decided; 0 where there is none
 * @param sourceModel where verified, the repository of the model at the chain's end; else what the
 *     deciding statement names, which is hostile text
 * @param sourcePublisher who signed the source model, once that signature holds
 */
public record Judgement(
    Verdict verdict,
    Reason reason,
    String detail,
    List<Link> links,
    int depth,
    Optional<String> sourceModel,
    Optional<String> sourcePublisher,
    Optional<String> tool,
    Optional<String> toolVersion) {
  public Judgement {
    links = List.copyOf(links);
  }

  /** A judgement that no statement has led to. */
  public static Judgement without(Problem problem) {
    return new Judgement(
        problem.reason().verdict(),
        problem.reason(),
        problem.detail(),
        List.of(),
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same for another reason. */
  Judgement as(Reason other, String sentence) {
    return new Judgement(
        other.verdict(),
        other,
        sentence,
        links,
        depth,
        sourceModel,
        sourcePublisher,
        tool,
        toolVersion);
  }
}
